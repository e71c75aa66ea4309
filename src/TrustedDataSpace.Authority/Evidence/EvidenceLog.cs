using System.Globalization;
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
internal sealed class EvidenceLog(LogFiles files, LogHold hold, LogCopies copies, KeyStore keys, AuthoritySettings settings)
{
    private long generation = 1;

    /// <summary>The log's name in its checkpoints, also that of its key.</summary>
    public string Origin => generation == 1 ? Base : string.Create(CultureInfo.InvariantCulture, $"{Base}/{generation}");

    /// <summary>Whether it waits after a restore.</summary>
    public LogHold Hold => hold;

    /// <summary>Set when entries were committed.</summary>
    public Signal Appended { get; } = new();

    /// <summary>Makes the head of the empty log, so that there is a checkpoint from the beginning; also the key, which the writer must not wait for.</summary>
    public async Task OpenAsync(Database database)
    {
        keys.Signing(AuthorityKey.Name);
        generation = database.Read(connection => LogRows.Generation(connection, settings.Space.Id));
        hold.Open(database);
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
    /// <param name="unit">Of the change.</param>
    /// <param name="leaves">The leaves.</param>
    /// <param name="batch">What the source has signed; null: they are the authority's own.</param>
    /// <param name="held">Also while the log waits for its operator: the entry with which it goes on.</param>
    /// <returns>The place of the first leaf, and how many leaves from it on are logged.</returns>
    /// <exception cref="RefusalException">Conflict: an entry is logged with another content.</exception>
    public (long First, int Count) Append(UnitOfWork unit, IReadOnlyList<LogLeaf> leaves, EvidenceBatch? batch = null, bool held = false)
    {
        if (hold.IsHeld && !held)
        {
            throw new RefusalException(RefusalCode.Unavailable, "The log was restored from a backup, and is not yet what was published last.") { Remedy = "Send the batch again later." };
        }

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
        while (count < leaves.Count && LogRows.Add(unit, tree.Size, leaves[count]))
        {
            if (batch is null)
            {
                copies.Add(unit, Origin, tree.Size, leaves[count].Bytes);
            }

            tree.Append(leaves[count].Hash);
            count++;
        }

        if (count < leaves.Count)
        {
            // It is logged already: refused if its content is another one.
            Logged(unit, leaves[count], head);
        }

        if (batch is null)
        {
            LogCopies.Sweep(unit);
        }
        else
        {
            LogRows.AddBatch(unit, head.Size, LoggedBatch.Of(batch, head.Size, count, leaves.Skip(count).Select(leaf => leaf.Hash)).ToLine());
        }

        LogRows.Swap(unit, head, tree);
        unit.OnCommitted(Appended.Set);
        return (head.Size, count);
    }

    /// <summary>The log that follows one of this space begins, in the unit of work: that may be a later one than the one that was restored.</summary>
    /// <param name="unit">Of the change.</param>
    /// <param name="origin">Name of the log that it follows.</param>
    /// <returns>Its name.</returns>
    /// <exception cref="RefusalException">Conflict: the authority has no log of that name.</exception>
    public string Follow(UnitOfWork unit, string origin)
    {
        var (before, next) = (generation, GenerationOf(origin) + 1);
        LogRows.SetGeneration(unit, next);
        generation = next;
        unit.OnLost(() => generation = before);
        return Origin;
    }

    /// <summary>A checkpoint that the authority has published itself, of this log or another one of its, whoever brings it.</summary>
    /// <exception cref="RefusalException">Malformed, TooLarge, Unauthenticated; Conflict: the authority has no log of that name.</exception>
    public Checkpoint Verify(string note)
    {
        var checkpoint = SignedCheckpoint.Verify(note, keys.First(AuthorityKey.Name).Public).Checkpoint;
        GenerationOf(checkpoint.Origin);
        return checkpoint;
    }

    /// <summary>Which log that is: 1 the first, 2 the one that followed, and so on.</summary>
    /// <exception cref="RefusalException">Conflict: the authority has no log of that name.</exception>
    public long GenerationOf(string origin)
    {
        if (origin == Base)
        {
            return 1;
        }

        return origin.StartsWith(Base + "/", StringComparison.Ordinal) && long.TryParse(origin[(Base.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 1 and < int.MaxValue
            ? number
            : throw new RefusalException(RefusalCode.Conflict, $"The checkpoint is of {origin}, this is {Origin}.") { Term = "checkpoint" };
    }

    private string Base => settings.Participant.Id + "/" + settings.Space.Id;

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
