using Microsoft.Extensions.Logging;

namespace TrustedDataSpace.Hosting.Keys;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The signing key {Former} was replaced by {Present}")]
    public static partial void KeyReplaced(this ILogger logger, string former, string present);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rotation of the signing key waits: {Reason}")]
    public static partial void RotationWaits(this ILogger logger, string reason);
}
