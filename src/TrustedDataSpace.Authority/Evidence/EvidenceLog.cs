using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// The tamper-evident log of the space: entries are added at the end, in the unit of work of who adds them, and <see cref="LogPublisher"/>
/// brings them out under a signed checkpoint. It keeps the authority's first key for ever, because auditors pin it.
/// </summary>
internal sealed class EvidenceLog(LogFiles files, KeyStore keys, AuthoritySettings settings)
{
    /// <summary>The log's name in its checkpoints, also that of its key.</summary>
    public string Origin { get; } = settings.Participant.Id + "/" + settings.Space.Id;

    /// <summary>Set when entries were committed.</summary>
    public Signal Appended { get; } = new();

    /// <summary>Makes the head of the empty log, so that there is a checkpoint from the beginning; also the key, which the writer must not wait for.</summary>
    public async Task OpenAsync(Database database)
    {
        keys.Signing(AuthorityKey.Name);
        await database.WriteAsync(unit =>
        {
            if (LogRows.Head(unit) is { Root.Length: 0 } none)
            {
                LogRows.Swap(unit, none, new CompactRange());
            }
        });
    }

    /// <summary>
    /// Adds leaves of one source. What the log has already is not added again: the answer covers the leading leaves that now stand
    /// at neighbouring places, so a source that lost an answer sends again, notes as many as it was told, and goes on behind them.
    /// </summary>
    /// <returns>The place of the first leaf, and how many leaves from it on are logged.</returns>
    /// <exception cref="RefusalException">Conflict: an entry is logged with another content.</exception>
    public (long First, int Count) Append(UnitOfWork unit, IReadOnlyList<LogLeaf> leaves, EvidenceBatch? batch = null)
    {
        var head = LogRows.Head(unit);
        if (Logged(unit, leaves[0], head) is { } first)
        {
            var run = 1;
            while (run < leaves.Count && Logged(unit, leaves[run], head) == first + run)
            {
                run++;
            }

            return (first, run);
        }

        var tree = head.Tree();
        var count = 0;
        while (count < leaves.Count && (count == 0 || Logged(unit, leaves[count], head) is null))
        {
            LogRows.Add(unit, tree.Size, leaves[count]);
            tree.Append(leaves[count].Hash);
            count++;
        }

        if (batch is not null)
        {
            LogRows.AddBatch(unit, head.Size, LoggedBatch.Of(batch, head.Size, count, leaves.Skip(count).Select(leaf => leaf.Hash)).ToLine());
        }

        LogRows.Swap(unit, head, tree);
        unit.OnCommitted(Appended.Set);
        return (head.Size, count);
    }

    private long? Logged(UnitOfWork unit, LogLeaf leaf, LogHead head)
    {
        if (LogRows.Place(unit, leaf) is not { } place)
        {
            return null;
        }

        var hash = LogRows.Staged(unit, place) is { } entry
            ? MerkleTree.LeafHash(entry)
            : new TileTree(head.Size - (head.Size % TilePath.FullWidth), files.Read).Leaf(place);
        return hash.AsSpan().SequenceEqual(leaf.Hash)
            ? place
            : throw new RefusalException(RefusalCode.Conflict, $"Entry {leaf.EntryId} is logged with another content.") { Term = "entries" };
    }
}
