namespace TrustedDataSpace.Authority.Bundles;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Policy bundle {Name} is published at revision {Revision}")]
    public static partial void Published(this ILogger logger, string name, string revision);

    [LoggerMessage(Level = LogLevel.Error, Message = "The changed policies are not published, '{Revision}' stays: {Reason}")]
    public static partial void NotPublished(this ILogger logger, string revision, string reason);
}
