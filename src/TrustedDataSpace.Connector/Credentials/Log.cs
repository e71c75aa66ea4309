namespace TrustedDataSpace.Connector.Credentials;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The request {Request} for credentials of {Issuer} has failed: {Reason}")]
    public static partial void RequestGivenUp(this ILogger logger, string request, string issuer, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A status list of {Issuer} cannot be had: {Reason}")]
    public static partial void StatusUnknown(this ILogger logger, string issuer, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "A credential of {Holder} by {Issuer} is left out: {Reason}")]
    public static partial void CredentialLeftOut(this ILogger logger, string holder, string issuer, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What credentials say of {Holder} is not known now: {Reason}")]
    public static partial void ClaimsUnknown(this ILogger logger, string holder, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Holder} does not show anew what has ended or ends soon: {Reason}")]
    public static partial void NotShownAgain(this ILogger logger, string holder, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The trust list of the space cannot be had: {Reason}")]
    public static partial void TrustListNotHad(this ILogger logger, string reason);
}
