namespace TrustedDataSpace.Authority.Evidence;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The authority's own evidence could not be logged; it is tried again")]
    public static partial void NotLogged(this ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The evidence log could not publish a checkpoint; it is tried again")]
    public static partial void NotPublished(this ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} entries of {Source} are logged from {First} on")]
    public static partial void Logged(this ILogger logger, int count, string source, long first);
}
