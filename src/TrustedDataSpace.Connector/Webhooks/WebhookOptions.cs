namespace TrustedDataSpace.Connector.Webhooks;

/// <summary>Deliveries of web-hooks.</summary>
public sealed record WebhookOptions
{
    /// <summary>Pause after the first failure; doubled after each further one, with up to half of it added at random. Default 1 s.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause. Default 5 minutes.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A web-hook that was failing for so long is disabled, and keeps its position. Default 3 days.</summary>
    public TimeSpan DisableAfter { get; init; } = TimeSpan.FromDays(3);

    /// <summary>How long the secret before signs beside a new one, up to 30 days. Default 1 day.</summary>
    public TimeSpan SecretOverlap { get; init; } = TimeSpan.FromDays(1);

    internal IEnumerable<string> Problems()
    {
        if (FirstPause <= TimeSpan.Zero || LongestPause < FirstPause || LongestPause > TimeSpan.FromDays(1))
        {
            yield return "Webhooks:FirstPause must be more than 0, and Webhooks:LongestPause no less than that and at most 1 day";
        }

        if (DisableAfter <= TimeSpan.Zero)
        {
            yield return "Webhooks:DisableAfter must be more than 0";
        }

        if (SecretOverlap < TimeSpan.Zero || SecretOverlap > TimeSpan.FromDays(30))
        {
            yield return "Webhooks:SecretOverlap must lie between 0 and 30 days";
        }
    }
}
