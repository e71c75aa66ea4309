using Microsoft.Extensions.Logging;

namespace TrustedDataSpace.Hosting.Authentication;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "A caller with a self-issued ID token is refused: {Reason} {Cause}")]
    public static partial void SelfIssuedRefused(this ILogger logger, string reason, string? cause);
}
