using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>One price of a plan: so much for so many units of one meter, in one phase, for some outcomes.</summary>
public sealed record PriceComponent
{
    /// <summary>Part of a unit costs its part of the price.</summary>
    public const string Proportional = "proportional";

    /// <summary>A unit that was begun costs its whole price: a package.</summary>
    public const string Whole = "whole";

    /// <summary>Most tiers of a component.</summary>
    public const int MaxTiers = 32;

    /// <summary>Its name in the plan, and on the lines of a statement.</summary>
    public required string Id { get; init; }

    /// <summary>What is priced, one of <see cref="PriceMeters"/>.</summary>
    public required string Meter { get; init; }

    /// <summary>How many units the price is for: 1,000 rows, 1 request.</summary>
    public required long UnitSize { get; init; }

    /// <summary>The prices, in the currency of the plan, by quantity; one tier without end where the price is always the same.</summary>
    public required IReadOnlyList<PriceTier> Tiers { get; init; }

    /// <summary><see cref="PriceTier.Graduated"/> or <see cref="PriceTier.Volume"/>.</summary>
    public required string TierMode { get; init; }

    /// <summary><see cref="Proportional"/> or <see cref="Whole"/>.</summary>
    public required string Parts { get; init; }

    /// <summary>The phase that is priced, one of <see cref="UsagePhase"/>; null for all of them.</summary>
    public string? Phase { get; init; }

    /// <summary>The outcomes that are billed: ok, cut or miss. The others never are.</summary>
    public required IReadOnlyList<string> Outcomes { get; init; }

    /// <summary>Units that are free in each statement period.</summary>
    public long FreeQuota { get; init; }

    /// <summary>What the component costs at most in each statement period; null for no such limit.</summary>
    public decimal? Cap { get; init; }

    /// <summary>Whether it is billed by the party whose data was retrieved: a line for each, and each gets its own.</summary>
    public bool PerParty { get; init; }

    internal bool Bills(string phase, string outcome) => Covers(phase) && Outcomes.Contains(outcome);

    /// <summary>Whether some use would be billed by both, and so twice.</summary>
    internal bool Overlaps(PriceComponent other) =>
        Meter == other.Meter && (Phase is null || other.Covers(Phase)) && Outcomes.Intersect(other.Outcomes).Any();

    /// <summary>The quantity by tiers, each with its price; never empty.</summary>
    internal IEnumerable<(long Quantity, decimal Price)> ByTier(long quantity)
    {
        if (TierMode == PriceTier.Volume || quantity == 0)
        {
            return [(quantity, Tiers.First(tier => tier.Holds(quantity)).Price)];
        }

        var parts = new List<(long, decimal)>();
        long begin = 0;
        foreach (var tier in Tiers.TakeWhile(_ => begin < quantity))
        {
            var end = Math.Min(tier.UpTo ?? quantity, quantity);
            parts.Add((end - begin, tier.Price));
            begin = end;
        }

        return parts;
    }

    /// <summary>What a quantity costs at one price.</summary>
    internal ExactAmount Cost(long quantity, decimal price) =>
        Parts == Whole ? ExactAmount.Of((quantity / UnitSize) + (quantity % UnitSize == 0 ? 0 : 1), price, 1) : ExactAmount.Of(quantity, price, UnitSize);

    private bool Covers(string phase) => Phase is null || Phase == phase;
}
