namespace TrustedDataSpace.Authority.Issuance;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Holder} does not take an offer of credentials: {Reason}")]
    public static partial void OfferNotTaken(this ILogger logger, string holder, string reason);
}
