namespace TrustedDataSpace.Connector.Evidence;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The log of the space is REFUSED ({Kind}), no evidence counts as logged until it is right again or accepted: {Reason}")]
    public static partial void LogRefused(this ILogger logger, string kind, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The log {Origin} with {Size} entries and root {Root} was accepted: all evidence is sent to it")]
    public static partial void LogAccepted(this ILogger logger, string origin, long size, string root);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The authority was restored with {From} entries in its log: handed back up to entry {Size} {Batches} batches of this participant, and {Own} entries of its own")]
    public static partial void HandedBack(this ILogger logger, long from, long size, int batches, int own);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether the authority has lost something could not be asked, or it does not take it back; it is tried again: {Reason}")]
    public static partial void NotHandedBack(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The checkpoint could not be signed as its witness, it is tried again: {Reason}")]
    public static partial void NotSigned(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Evidence is kept here until the authority takes it: {Reason}")]
    public static partial void EvidenceWaits(this ILogger logger, string reason);
}
