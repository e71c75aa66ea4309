using System.Text.Json;

namespace TrustedDataSpace.Protocol.Errors;

/// <summary>How a refusal looks on the wire of our own APIs.</summary>
public static class RefusalStatus
{
    /// <summary>The HTTP status. DSP renders <see cref="RefusalCode.InvalidTransition"/> as 400 instead (DSP §8.1.2).</summary>
    public static int HttpStatus(RefusalCode code) => code switch
    {
        RefusalCode.Malformed => 400,
        RefusalCode.Unsupported or RefusalCode.LimitReached => 422,
        RefusalCode.MethodNotAllowed => 405,
        RefusalCode.UnsupportedMediaType => 415,
        RefusalCode.Unauthenticated => 401,
        RefusalCode.Forbidden or RefusalCode.PolicyRefused => 403,
        RefusalCode.NotFound => 404,
        RefusalCode.Conflict or RefusalCode.InvalidTransition => 409,
        RefusalCode.PreconditionFailed => 412,
        RefusalCode.QuotaExhausted or RefusalCode.TooManyRequests => 429,
        RefusalCode.TooLarge => 413,
        RefusalCode.Unavailable => 503,
        _ => 500,
    };

    /// <summary>The code as programs read it: <c>policy_refused</c>.</summary>
    public static string WireName(RefusalCode code) => JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString());
}
