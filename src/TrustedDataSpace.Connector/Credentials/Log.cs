namespace TrustedDataSpace.Connector.Credentials;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The request {Request} for credentials of {Issuer} has failed: {Reason}")]
    public static partial void RequestGivenUp(this ILogger logger, string request, string issuer, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Peer} presents nothing that makes it a member here: {Reason}")]
    public static partial void PresentationRefused(this ILogger logger, string peer, string reason);
}
