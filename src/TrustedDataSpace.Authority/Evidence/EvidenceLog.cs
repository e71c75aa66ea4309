using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// The tamper-evident log of the space: entries are added at the end, under a new signed checkpoint each time. It keeps the authority's
/// first key for ever, because auditors pin it.
/// </summary>
internal sealed class EvidenceLog(KeyStore keys, AuthoritySettings settings)
{
    /// <summary>The log's name in its checkpoints, also that of its key.</summary>
    private string Origin { get; } = settings.Participant.Id + "/" + settings.Space.Id;

    /// <summary>Signs the empty log, so that there is a checkpoint from the beginning; also makes the key, which the writer must not wait for.</summary>
    public async Task OpenAsync(Database database)
    {
        keys.Signing(AuthorityKey.Name);
        await database.WriteAsync(unit =>
        {
            if (LogRows.Size(unit) == 0 && unit.Find<string>("SELECT note FROM log_checkpoints WHERE space_id = @Space AND size = 0", new { unit.Space }) is null)
            {
                Sign(unit, LogFrontier.Load(unit));
            }
        });
    }

    /// <summary>
    /// Adds leaves of one source. What the log has already is not added again: the answer covers the leading leaves that now stand
    /// at neighbouring places, so a source that lost an answer sends again, notes as many as it was told, and goes on behind them.
    /// </summary>
    /// <returns>The place of the first leaf, and how many leaves from it on are logged.</returns>
    /// <exception cref="RefusalException">Conflict: an entry is logged with another content.</exception>
    public (long First, int Count) Append(UnitOfWork unit, IReadOnlyList<LogLeaf> leaves)
    {
        if (Logged(unit, leaves[0]) is { } first)
        {
            var run = 1;
            while (run < leaves.Count && Logged(unit, leaves[run]) == first + run)
            {
                run++;
            }

            return (first, run);
        }

        var frontier = LogFrontier.Load(unit);
        var (begin, count) = (frontier.Size, 0);
        while (count < leaves.Count && (count == 0 || Logged(unit, leaves[count]) is null))
        {
            frontier.Append(unit, leaves[count]);
            count++;
        }

        Sign(unit, frontier);
        return (begin, count);
    }

    private void Sign(UnitOfWork unit, LogFrontier frontier)
    {
        var checkpoint = new Checkpoint(Origin, frontier.Size, Convert.ToBase64String(frontier.Root()));
        LogRows.AddCheckpoint(unit, SignedCheckpoint.Sign(checkpoint, keys.First(AuthorityKey.Name), Origin));
    }

    private static long? Logged(UnitOfWork unit, LogLeaf leaf)
    {
        var row = LogRows.Find(unit, leaf);
        return row is null || row.Leaf == Convert.ToBase64String(leaf.Hash)
            ? row?.Idx
            : throw new RefusalException(RefusalCode.Conflict, $"Entry {leaf.EntryId} is logged with another content.") { Term = "entries" };
    }
}
