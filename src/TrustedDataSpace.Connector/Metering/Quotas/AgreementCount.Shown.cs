namespace TrustedDataSpace.Connector.Metering.Quotas;

/// <content>What is shown of it.</content>
internal sealed partial class AgreementCount
{
    /// <summary>What the contract limits, and what is left of it.</summary>
    public IReadOnlyList<QuotaState> States(DateTimeOffset now)
    {
        lock (gate)
        {
            return [.. counters.Where(counter => !counter.IsBalance).Select(counter =>
            {
                counter.Roll(now);
                return new QuotaState(counter.Name, counter.Limit, Math.Max(0, counter.Limit - counter.Used), counter.Start, counter.End);
            })];
        }
    }

    /// <summary>The same as the two RateLimit fields have it.</summary>
    public (string Policy, string Limit) RateLimit(DateTimeOffset now)
    {
        lock (gate)
        {
            return (texts.Policy, texts.Limit(now));
        }
    }
}
