using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Protocol.Management;

/// <summary>What was paid in advance under an agreement, and what is left of it.</summary>
public sealed record BalanceState
{
    /// <summary>The account as the authority keeps it: it knows what is settled.</summary>
    public required BalanceView Account { get; init; }

    /// <summary>What the provider's connector has taken from it, with use that is under way and not settled; null at the consumer.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public decimal? Used { get; init; }

    /// <summary>How much of that is held for uses of which nobody knows what they delivered, until the disputes about them are resolved; null at the consumer.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public decimal? Held { get; init; }

    /// <summary>What it still lets flow; null at the consumer.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public decimal? Left { get; init; }
}
