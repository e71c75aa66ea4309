namespace TrustedDataSpace.Connector.Transfer;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Push {Transfer}: delivery {Delivery} failed (attempt {Attempt}), next in {Pause}: {Reason}")]
    public static partial void PushWaits(this ILogger logger, string transfer, long delivery, long attempt, TimeSpan pause, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Push {Transfer}: suspended at delivery {Delivery}: {Reason}")]
    public static partial void PushSuspended(this ILogger logger, string transfer, long delivery, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Push {Transfer} cannot be kept")]
    public static partial void PushFails(this ILogger logger, string transfer, Exception failure);
}
