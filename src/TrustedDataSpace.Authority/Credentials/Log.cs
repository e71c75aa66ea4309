namespace TrustedDataSpace.Authority.Credentials;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Holder} has a {Type}")]
    public static partial void Issued(this ILogger logger, string type, string holder);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Credential} is {State}")]
    public static partial void Stands(this ILogger logger, string credential, string state);
}
