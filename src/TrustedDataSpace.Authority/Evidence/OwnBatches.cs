using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>The authority's own entries, logged some at a time.</summary>
internal sealed class OwnBatches(Database database, EvidenceTrail trail, EvidenceLog log, LogPublisher publisher)
{
    /// <summary>Logs the oldest entries that wait.</summary>
    /// <returns>How many entries there were to log.</returns>
    /// <exception cref="RefusalException">Unavailable: no checkpoint is published over them for a while.</exception>
    public async Task<int> LogSomeAsync(CancellationToken cancellation)
    {
        var entries = trail.Unlogged(EvidenceBatch.MaxEntries);
        if (entries.Count == 0)
        {
            return 0;
        }

        var leaves = LogLeaf.Of(entries);
        var (first, count) = await database.WriteAsync(unit => log.Append(unit, leaves));
        await publisher.WaitAsync(first + count, cancellation);
        await database.WriteAsync(unit => EvidenceTrail.MarkLogged(unit, [.. entries.Take(count)], first));
        return entries.Count;
    }
}
