namespace TrustedDataSpace.Authority.Tokens;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Token issued to {Participant} for {Audience}")]
    public static partial void Issued(this ILogger logger, string participant, string audience);
}
