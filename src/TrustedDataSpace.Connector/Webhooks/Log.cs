namespace TrustedDataSpace.Connector.Webhooks;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The web-hook {Webhook} cannot be served, it is tried again")]
    public static partial void DeliveryFails(this ILogger logger, string webhook, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The web-hook {Webhook} is disabled after failing since {Since}: {Reason}")]
    public static partial void WebhookDisabled(this ILogger logger, string webhook, DateTimeOffset since, string reason);
}
