namespace TrustedDataSpace.Protocol.Metering;

/// <summary>What was used for one purpose with one outcome.</summary>
public sealed record UsageCounts
{
    /// <summary>The declared purpose.</summary>
    public required string Purpose { get; init; }

    /// <summary>How it ended, one of <see cref="UsageOutcomes"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Training, inference or other, one of <see cref="UsagePhase"/>; it follows from the purpose.</summary>
    public string Phase => UsagePhase.Of(Purpose);

    /// <summary>Requests.</summary>
    public required long Requests { get; init; }

    /// <summary>Rows delivered.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes of body delivered.</summary>
    public required long Bytes { get; init; }

    /// <summary>Adds leaves up, exactly, sorted by purpose and outcome.</summary>
    /// <exception cref="OverflowException">A sum is beyond 2^63: no count is better than a wrong one.</exception>
    public static IReadOnlyList<UsageCounts> Sum(IEnumerable<UsageLeaf> leaves) =>
    [
        .. leaves.GroupBy(l => (l.Purpose, l.Outcome))
            .OrderBy(g => g.Key.Purpose, StringComparer.Ordinal).ThenBy(g => g.Key.Outcome, StringComparer.Ordinal)
            .Select(g => new UsageCounts
            {
                Purpose = g.Key.Purpose,
                Outcome = g.Key.Outcome,
                Requests = g.Sum(l => l.Requests),
                Rows = g.Sum(l => l.Rows),
                Bytes = g.Sum(l => l.Bytes),
            }),
    ];
}
