namespace TrustedDataSpace.Connector.Webhooks;

/// <summary>What signs the deliveries of one web-hook. Kept sealed.</summary>
/// <param name="Current">Signs always.</param>
/// <param name="Previous">Signs beside it for a time; null: none.</param>
/// <param name="PreviousUntil">End of that time.</param>
internal sealed record WebhookSecrets(string Current, string? Previous = null, DateTimeOffset? PreviousUntil = null)
{
    public IEnumerable<string> At(DateTimeOffset now) => Previous is not null && now < PreviousUntil ? [Current, Previous] : [Current];

    public WebhookSecrets Rotated(string secret, DateTimeOffset until) => new(secret, Current, until);

    /// <summary>Redacted.</summary>
    public override string ToString() => nameof(WebhookSecrets);
}
