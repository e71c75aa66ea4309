using Microsoft.Extensions.Logging;

namespace TrustedDataSpace.Hosting.Tls;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Certificate {File} taken over, valid until {NotAfter:O}")]
    public static partial void TookOverCertificate(this ILogger logger, string file, DateTime notAfter);

    [LoggerMessage(Level = LogLevel.Error, Message = "Certificate {File} cannot be used, the one before stays in use: {Reason}")]
    public static partial void KeptCertificate(this ILogger logger, string file, string reason);
}
