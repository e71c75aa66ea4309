namespace TrustedDataSpace.Connector.Metering;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{What} cannot be recorded now")]
    public static partial void NotRecorded(this ILogger logger, string what, Exception failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "An interrupted use {Use} of flow {Flow} is settled: {How}")]
    public static partial void Settled(this ILogger logger, string use, string flow, string how);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What has become of uses of agreement {Agreement} that nobody could count cannot be learned now")]
    public static partial void NotLearned(this ILogger logger, string agreement, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Flow {Flow} stays suspended although its use is signed: {Reason}")]
    public static partial void NotResumed(this ILogger logger, string flow, string reason);
}
