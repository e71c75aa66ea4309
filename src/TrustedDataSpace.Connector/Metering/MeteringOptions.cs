namespace TrustedDataSpace.Connector.Metering;

/// <summary>How the meters of two connectors are held side by side.</summary>
public sealed record MeteringOptions
{
    /// <summary>How long the consumer may take to sign an interval after this provider has; then its flow is suspended. Default 10 minutes, at least 3.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(10);

    internal IEnumerable<string> Problems()
    {
        // The consumer closes an interval one later than the provider.
        if (Grace < TimeSpan.FromMinutes(3) || Grace > TimeSpan.FromDays(7))
        {
            yield return "Metering:Grace must lie between 3 minutes and 7 days";
        }
    }
}
