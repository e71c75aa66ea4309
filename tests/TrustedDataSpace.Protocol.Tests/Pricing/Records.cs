using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

/// <summary>Flow-interval records of one agreement in May 2026.</summary>
internal static class Records
{
    public const string Provider = "did:web:grid.example";
    public const string Consumer = "did:web:vpp.example";

    public static readonly DateTimeOffset From = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset To = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly AgreementParties Parties = new("urn:uuid:a", Provider, Consumer);

    public static UsageRecord At(int minute, params UsageCounts[] counts)
    {
        var interval = UsageInterval.At(From) + minute;
        return new UsageRecord
        {
            Id = $"urn:uuid:f/{interval}",
            Source = Provider,
            AgreementId = Parties.AgreementId,
            ProductId = "load_curve_96",
            ProviderId = Provider,
            ConsumerId = Consumer,
            Flow = "urn:uuid:f",
            Interval = interval,
            From = UsageInterval.Start(interval),
            To = UsageInterval.Start(interval + 1),
            Counts = counts,
            Leaves = counts.Sum(c => c.Requests),
            LeafRoot = "",
            TokenizerId = counts.Any(c => (c.TokensIn ?? c.TokensCached ?? c.TokensOut ?? c.TokensData) is not null) ? "o200k_base" : null,
            TokenizerVersion = "1",
        };
    }

    public static UsageCounts Rows(long rows, string purpose = "inference", string outcome = UsageOutcomes.Ok) =>
        new() { Purpose = purpose, Outcome = outcome, Requests = 1, Rows = rows, Bytes = rows * 10 };

    /// <summary>The consumer's record of the same interval.</summary>
    public static UsageRecord OfConsumer(this UsageRecord record) => record with { Id = "c/" + record.Id, Source = Consumer };

    public static Statement Rate(this PricePlan plan, params UsageRecord[] records) =>
        Rating.Statement(plan, plan.Hash, Parties, records, From, To);
}
