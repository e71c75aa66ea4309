namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>
/// Who gets what of the revenue, tax apart: the platform's fee first, off every part alike; then each party whose data was retrieved what its
/// lines come to; and what is left by fixed shares.
/// </summary>
public sealed record RevenueSplits
{
    /// <summary>The fee of the platform, a share of the whole revenue; null for none.</summary>
    public RevenueShare? PlatformFee { get; init; }

    /// <summary>The shares of what is left; their rates add up to 1.</summary>
    public required IReadOnlyList<RevenueShare> Shares { get; init; }

    /// <summary>The party of <see cref="Shares"/> that gets, or bears, what rounding leaves over.</summary>
    public required string ResidueTo { get; init; }

    /// <summary>Divides the revenue. The parts add up to it, and none is negative.</summary>
    /// <param name="revenue">What is to be divided.</param>
    /// <param name="rounding">How amounts are rounded.</param>
    /// <param name="retrieved">What the lines of each party come to, where the plan bills by party.</param>
    internal IReadOnlyList<StatementSplit> Of(decimal revenue, RoundingRule rounding, IEnumerable<(string Party, decimal Amount)> retrieved)
    {
        var parts = new List<StatementSplit>();
        var fee = PlatformFee is null ? rounding.Zero : Part(revenue, PlatformFee.Rate, revenue, rounding);
        if (PlatformFee is not null)
        {
            parts.Add(new StatementSplit { Kind = StatementSplit.PlatformFee, Party = PlatformFee.Party, Amount = fee });
        }

        var rest = revenue - fee;
        foreach (var (party, amount) in retrieved)
        {
            var part = Part(amount, 1 - (PlatformFee?.Rate ?? 0), rest, rounding);
            parts.Add(new StatementSplit { Kind = StatementSplit.Retrieved, Party = party, Amount = part });
            rest -= part;
        }

        var left = rest;
        var amounts = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var share in Shares.Where(s => s.Party != ResidueTo))
        {
            amounts[share.Party] = Part(rest, share.Rate, left, rounding);
            left -= amounts[share.Party];
        }

        amounts[ResidueTo] = left;
        parts.AddRange(Shares.Select(s => new StatementSplit { Kind = StatementSplit.Share, Party = s.Party, Amount = amounts[s.Party] }));
        return parts;
    }

    // Rounded up too often, many small shares could come to more than there is: the last ones get what is left.
    private static decimal Part(decimal whole, decimal rate, decimal left, RoundingRule rounding) =>
        Math.Min(rounding.Round(ExactAmount.Of(whole, rate)), left);
}
