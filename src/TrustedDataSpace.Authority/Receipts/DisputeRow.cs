using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Authority.Receipts;

/// <summary>A row of <c>disputes</c>.</summary>
internal sealed record DisputeRow
{
    public const string Open = "open";
    public const string Resolved = "resolved";

    public string Id { get; init; } = "";

    public string Agreement { get; init; } = "";

    public long Interval { get; init; }

    public string Flow { get; init; } = "";

    public string Provider { get; init; } = "";

    public string Consumer { get; init; } = "";

    public string Reason { get; init; } = "";

    public string State { get; init; } = "";

    public long OpenedAt { get; init; }

    public string? ProviderRecount { get; init; }

    public string? ConsumerRecount { get; init; }

    public string? Take { get; init; }

    public string? ResolvedBy { get; init; }

    public string? Why { get; init; }

    public long? ResolvedAt { get; init; }

    public Dispute ToDispute(ReceiptRow receipt)
    {
        var (provider, consumer) = (receipt.Provider(), receipt.Consumer());
        return new Dispute
        {
            Id = Id,
            Agreement = Agreement,
            Flow = Flow,
            From = UsageInterval.Start(Interval),
            Reason = Reason,
            State = State,
            OpenedAt = DateTimeOffset.FromUnixTimeMilliseconds(OpenedAt),
            Provider = new DisputedSide(Provider, provider, ProviderRecount),
            Consumer = consumer is null ? null : new DisputedSide(Consumer, consumer, ConsumerRecount),
            Differences = consumer is null ? [] : Reconciliation.Of(provider, consumer, tolerance: null).Differences,
            Outcome = Take is null ? null : new DisputeOutcome(Take, ResolvedBy!, Why!, DateTimeOffset.FromUnixTimeMilliseconds(ResolvedAt!.Value)),
        };
    }
}
