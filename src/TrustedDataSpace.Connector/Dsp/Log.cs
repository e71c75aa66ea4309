namespace TrustedDataSpace.Connector.Dsp;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Peer} acknowledged {Path} with {Status} and a body that is no JSON")]
    public static partial void UnreadableAnswer(this ILogger logger, string peer, string path, int status);
}
