namespace TrustedDataSpace.Connector.Assets;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The product {Product} is offered here, but the catalog of the space does not show it; publish it again when this is mended: {Reason}")]
    public static partial void NotRegistered(this ILogger logger, string product, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The product {Product} is offered no longer, publish a new version: {Reason}")]
    public static partial void NotOffered(this ILogger logger, string product, string reason);
}
