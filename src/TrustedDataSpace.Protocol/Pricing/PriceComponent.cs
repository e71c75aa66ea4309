using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>One price of a plan: so much for so many units of one meter, in one phase, for some outcomes.</summary>
public sealed record PriceComponent
{
    /// <summary>Its name in the plan, and on the lines of a statement.</summary>
    public required string Id { get; init; }

    /// <summary>What is priced, one of <see cref="PriceMeters"/>.</summary>
    public required string Meter { get; init; }

    /// <summary>How many units the price is for: 1,000 rows, 1 request.</summary>
    public required long UnitSize { get; init; }

    /// <summary>The price of <see cref="UnitSize"/> units, in the currency of the plan. Part of a unit costs its part of the price.</summary>
    public required decimal Price { get; init; }

    /// <summary>The phase that is priced, one of <see cref="UsagePhase"/>; null for all of them.</summary>
    public string? Phase { get; init; }

    /// <summary>The outcomes that are billed: ok, cut or miss. The others never are.</summary>
    public required IReadOnlyList<string> Outcomes { get; init; }

    /// <summary>Units that are free in each statement period.</summary>
    public long FreeQuota { get; init; }

    internal bool Bills(UsageCounts counts) => Covers(counts.Phase) && Outcomes.Contains(counts.Outcome);

    /// <summary>Whether some use would be billed by both, and so twice.</summary>
    internal bool Overlaps(PriceComponent other) =>
        Meter == other.Meter && (Phase is null || other.Covers(Phase)) && Outcomes.Intersect(other.Outcomes).Any();

    private bool Covers(string phase) => Phase is null || Phase == phase;
}
