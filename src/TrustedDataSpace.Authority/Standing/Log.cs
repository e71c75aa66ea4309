namespace TrustedDataSpace.Authority.Standing;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Whose standing has changed is not told at present, connectors ask the register instead: {Reason}")]
    public static partial void StandingNotTold(this ILogger logger, string reason);
}
