namespace TrustedDataSpace.Authority.Participants;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Participant} is a member")]
    public static partial void Admitted(this ILogger logger, string participant);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Participant} has left")]
    public static partial void Left(this ILogger logger, string participant);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Participant} is suspended")]
    public static partial void Suspended(this ILogger logger, string participant);
}
