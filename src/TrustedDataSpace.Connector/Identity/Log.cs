namespace TrustedDataSpace.Connector.Identity;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The authority could not be asked about the membership, trying again: {Reason}")]
    public static partial void EnrolmentFailed(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Evidence is kept here until the authority takes it: {Reason}")]
    public static partial void EvidenceWaits(this ILogger logger, string reason);
}
