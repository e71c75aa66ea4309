using Microsoft.Extensions.Logging;

namespace TrustedDataSpace.Hosting.Outbox;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Topic} to {Destination} failed (attempt {Attempt}), next in {Pause}: {Reason}")]
    public static partial void WillTryAgain(this ILogger logger, string topic, string destination, long attempt, TimeSpan pause, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Topic} to {Destination} is given up: {Reason}")]
    public static partial void GaveUp(this ILogger logger, string topic, string destination, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The outbox cannot be kept for {Destination}")]
    public static partial void StorageFails(this ILogger logger, string destination, Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "The outbox cannot be read; it is tried again")]
    public static partial void OutboxNotRead(this ILogger logger, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Peer} is away ({Failures} failures in a row); its messages wait, one is tried in {Pause}: {Reason}")]
    public static partial void PeerIsAway(this ILogger logger, string peer, int failures, TimeSpan pause, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Peer} answers again; its messages go")]
    public static partial void PeerIsBack(this ILogger logger, string peer);
}
