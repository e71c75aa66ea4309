namespace TrustedDataSpace.Connector.Identity;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The authority could not be asked about the membership, trying again: {Reason}")]
    public static partial void EnrolmentFailed(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The authority goes on accepting the revoked key {Kid} until its overlap ends: {Reason}")]
    public static partial void KeyNotRevoked(this ILogger logger, string kid, string reason);
}
