namespace TrustedDataSpace.Authority.Clearing;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Not settled: {What}: {Reason}")]
    public static partial void NotSettled(this ILogger logger, string what, string reason);
}
