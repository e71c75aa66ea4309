using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>The evidence log.</summary>
public sealed record EvidenceOptions
{
    /// <summary>Entries that one member may append in a second, over time. Default 2,000, at least 1.</summary>
    public int EntriesPerSecond { get; init; } = 2000;

    /// <summary>Entries that one member may append at once after a rest. Default 20,000, at least 1,000 (one batch).</summary>
    public int Burst { get; init; } = 20_000;

    internal IEnumerable<string> Problems()
    {
        if (EntriesPerSecond < 1)
        {
            yield return "Evidence:EntriesPerSecond must be 1 or more";
        }

        if (Burst < EvidenceBatch.MaxEntries)
        {
            yield return $"Evidence:Burst must be {EvidenceBatch.MaxEntries} or more";
        }
    }
}
