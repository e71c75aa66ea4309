namespace TrustedDataSpace.Authority.Audit;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The index over the evidence log is behind it: {Reason}")]
    public static partial void NotIndexed(this ILogger logger, string reason);
}
