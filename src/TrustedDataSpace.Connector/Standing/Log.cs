namespace TrustedDataSpace.Connector.Standing;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The authority does not tell at present whose standing changes; its register is asked each time it is 10 s old: {Reason}")]
    public static partial void StandingSilent(this ILogger logger, string reason);
}
