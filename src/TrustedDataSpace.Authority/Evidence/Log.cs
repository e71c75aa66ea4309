namespace TrustedDataSpace.Authority.Evidence;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The authority's own evidence could not be logged; it is tried again")]
    public static partial void NotLogged(this ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The evidence log could not publish a checkpoint; it is tried again")]
    public static partial void NotPublished(this ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Entries} entries of the evidence log have waited for {Deadline} and longer for a checkpoint that counts: the last one is over {Counted} entries, {Witnesses} witnesses are wanted")]
    public static partial void CheckpointOverdue(this ILogger logger, long entries, TimeSpan deadline, long counted, int witnesses);

    [LoggerMessage(Level = LogLevel.Information, Message = "A checkpoint over {Size} entries counts: none is overdue any more")]
    public static partial void CheckpointCounts(this ILogger logger, long size);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether a checkpoint is overdue is not known now: {Reason}")]
    public static partial void DeadlineNotKnown(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "What members have handed back does not have the root that was published last, over {Size} entries: the log waits for its operator")]
    public static partial void NotReproduced(this ILogger logger, long size);

    [LoggerMessage(Level = LogLevel.Error, Message = "Members have shown two signed checkpoints with different roots over {Size} entries ({Members}): the log waits for its operator")]
    public static partial void TwoHistories(this ILogger logger, long size, string members);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The log goes on, but the file that says that it was restored stays until the next start: {Reason}")]
    public static partial void RestoreFileStays(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The restored log goes on: its {Size} entries are what was published last")]
    public static partial void LogResumed(this ILogger logger, long size);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The log {Origin} follows the one over {Size} entries, of which some are lost: {Reason}")]
    public static partial void LogFollowed(this ILogger logger, string origin, long size, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} entries of {Source} are logged from {First} on")]
    public static partial void Logged(this ILogger logger, int count, string source, long first);
}
