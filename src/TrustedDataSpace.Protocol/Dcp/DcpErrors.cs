using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>How a refusal looks in DCP: an HTTP status; the body is free, and problem details are sent (RFC 9457).</summary>
public static class DcpErrors
{
    /// <summary>The HTTP status. What is allowed by the protocol but not supported here is 501 (DCP §5.4.1.1).</summary>
    public static int HttpStatus(RefusalCode code) => code == RefusalCode.Unsupported ? 501 : RefusalStatus.HttpStatus(code);
}
