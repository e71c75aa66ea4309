namespace TrustedDataSpace.Connector.Policies;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Policy bundle {Revision} decides")]
    public static partial void Decides(this ILogger logger, string revision);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No newer policy bundle, '{Revision}' goes on deciding: {Reason}")]
    public static partial void NotUsed(this ILogger logger, string revision, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The decision log is behind by {Capacity} decisions: more are dropped and counted until it has caught up")]
    public static partial void DecisionsDropped(this ILogger logger, int capacity);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Decisions could not be written to {File}: {Reason}")]
    public static partial void DecisionsNotWritten(this ILogger logger, string file, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "OPA does not decide, so every use is refused: {Reason}")]
    public static partial void OpaDoesNotDecide(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Questions of decisions that allowed use are not stored yet: {Reason}")]
    public static partial void AllowsNotStored(this ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What is kept of denials past its time is not taken away: {Reason}")]
    public static partial void DenialsNotSwept(this ILogger logger, string reason);
}
