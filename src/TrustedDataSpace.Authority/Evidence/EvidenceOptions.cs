using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>The evidence log.</summary>
public sealed record EvidenceOptions
{
    /// <summary>Entries that one member may append in a second, over time. Default 2,000, at least 1.</summary>
    public int EntriesPerSecond { get; init; } = 2000;

    /// <summary>Entries that one member may append at once after a rest. Default 20,000, at least 1,000 (one batch).</summary>
    public int Burst { get; init; } = 20_000;

    /// <summary>How many members must have signed a checkpoint before it counts. Default 0, at most 100.</summary>
    public int Witnesses { get; init; }

    /// <summary>How long entries may wait for a checkpoint that counts before an alarm is raised. Default 5 minutes, 1 second to 1 day.</summary>
    public TimeSpan CheckpointDeadline { get; init; } = TimeSpan.FromMinutes(5);

    internal IEnumerable<string> Problems()
    {
        if (Witnesses is < 0 or > 100)
        {
            yield return "Evidence:Witnesses must lie between 0 and 100";
        }

        if (CheckpointDeadline < TimeSpan.FromSeconds(1) || CheckpointDeadline > TimeSpan.FromDays(1))
        {
            yield return "Evidence:CheckpointDeadline must lie between 1 second and 1 day";
        }

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
