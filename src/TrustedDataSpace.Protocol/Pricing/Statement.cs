using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>
/// What the use of one agreement in one period costs. Provider, consumer and authority make the same bytes of it from the same
/// records, whichever side's, in whatever order.
/// </summary>
public sealed record Statement
{
    /// <summary>The agreement.</summary>
    public required string AgreementId { get; init; }

    /// <summary>The DID of who is paid.</summary>
    public required string ProviderId { get; init; }

    /// <summary>The DID of who pays.</summary>
    public required string ConsumerId { get; init; }

    /// <summary>The price plan.</summary>
    public required string PlanId { get; init; }

    /// <summary>The version of the price plan.</summary>
    public required long PlanVersion { get; init; }

    /// <summary>The hash of the price plan, <c>sha-256:…</c>.</summary>
    public required string PlanHash { get; init; }

    /// <summary>The currency of all amounts.</summary>
    public required string Currency { get; init; }

    /// <summary>The beginning of the period.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The end of the period, not included.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>The lines: components in the order of the plan, then use that is not billed, then subscription, rounding, minimum fee and tax.</summary>
    public required IReadOnlyList<StatementLine> Lines { get; init; }

    /// <summary>What the use costs, before minimum fee and tax.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public required decimal Subtotal { get; init; }

    /// <summary>What is to be paid: the sum of all lines.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public required decimal Total { get; init; }

    /// <summary>Who gets how much of what is paid, tax apart: the parts add up to it. Null where the plan splits nothing.</summary>
    public IReadOnlyList<StatementSplit>? Splits { get; init; }

    /// <summary>True where the plan is prepaid, so that the balance pays; else null.</summary>
    public bool? Prepaid { get; init; }

    /// <summary>The canonical bytes (RFC 8785), to be compared and signed.</summary>
    public byte[] Bytes() => CanonicalJson.Bytes(this);
}
