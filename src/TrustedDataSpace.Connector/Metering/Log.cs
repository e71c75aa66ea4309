namespace TrustedDataSpace.Connector.Metering;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{What} cannot be recorded now")]
    public static partial void NotRecorded(this ILogger logger, string what, Exception failure);
}
