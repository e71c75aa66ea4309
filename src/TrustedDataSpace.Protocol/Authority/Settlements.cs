using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Clearing;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>What shall be settled.</summary>
/// <param name="Agreement">Id of the agreement.</param>
/// <param name="From">The beginning of the period, a full minute.</param>
/// <param name="To">The end, not included, a full minute.</param>
public sealed record SettlementRequest(string Agreement, DateTimeOffset From, DateTimeOffset To);

/// <summary>A settlement and how it stands.</summary>
public sealed record SettlementView
{
    /// <summary>The settlement.</summary>
    public required Settlement Settlement { get; init; }

    /// <summary>Its hash: what the parties sign is the canonical form with this hash.</summary>
    public required string Hash { get; init; }

    /// <summary>One of <see cref="SettlementStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>When it was issued.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>The provider's signature, a detached JWS; null: not signed.</summary>
    public string? ProviderSignature { get; init; }

    /// <summary>The consumer's signature, a detached JWS; null: not signed.</summary>
    public string? ConsumerSignature { get; init; }

    /// <summary>The payment; null: none was confirmed.</summary>
    public Payment? Payment { get; init; }
}

/// <summary>A party's signature under a settlement.</summary>
/// <param name="Signature">Detached JWS over the canonical form.</param>
public sealed record SettlementSignature(string Signature);

/// <summary>That what is due was paid.</summary>
public sealed record Payment
{
    /// <summary>Id of the settlement; may be left out where the address names it.</summary>
    public string? Settlement { get; init; }

    /// <summary>In the place of a settlement: the agreement whose balance is topped up.</summary>
    public string? Agreement { get; init; }

    /// <summary>The amount: exactly what is due; for a balance, any.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public required decimal Amount { get; init; }

    /// <summary>The currency of the settlement.</summary>
    public required string Currency { get; init; }

    /// <summary>What the bank or payment service calls it. 1 to 200 characters.</summary>
    public required string Reference { get; init; }
}

/// <summary>How a settlement stands.</summary>
public static class SettlementStates
{
    /// <summary>Issued; not both parties have signed it.</summary>
    public const string Issued = "issued";

    /// <summary>Both parties have signed.</summary>
    public const string Agreed = "agreed";

    /// <summary>Agreed, and paid.</summary>
    public const string Paid = "paid";
}
