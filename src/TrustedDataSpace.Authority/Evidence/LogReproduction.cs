using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// Brings a restored log to what it was when it was published last, out of what members have handed back: every entry at its old place, and the old
/// root over them, or nothing at all.
/// </summary>
internal sealed class LogReproduction(EvidenceLog log, LogCopies copies, EvidenceTrail trail, Database database, ILogger<LogReproduction> logger)
{
    /// <summary>Goes on by itself, if every active member has said what it has seen last and the log is that again.</summary>
    public async Task TryAsync()
    {
        var reached = await database.WriteAsync(unit =>
            log.Hold.Restore is { } restore
            && ReturnedRows.WaitingFor(unit, restore).Count == 0
            && Newest(ReturnedRows.Reports(unit, restore)) is { } last
            && last.Origin == log.Origin
            && Reproduce(unit, new Checkpoint(last.Origin, last.Size, last.Root), last.Note)
                ? LogRows.Head(unit).Size
                : (long?)null);
        if (reached is { } size)
        {
            GoesOn(size);
        }
    }

    /// <summary>The newest checkpoint that is known; null: none is.</summary>
    public ReportRow? Newest(IEnumerable<ReportRow> reports) => reports.MaxBy(report => (log.GenerationOf(report.Origin), report.Size));

    /// <summary>Reproduces the log up to a checkpoint of it, in the unit of work, and releases it.</summary>
    /// <returns>False: entries are missing, or have another root, and nothing was changed.</returns>
    public bool Reproduce(UnitOfWork unit, Checkpoint last, string note)
    {
        var head = LogRows.Head(unit);
        if (last.Size <= head.Size)
        {
            // The backup has it: what was added behind had not been published, or nobody has seen it.
            if (LogRows.Checkpoint(unit, last.Size)?.Root != last.Root)
            {
                logger.NotReproduced(last.Size);
                return false;
            }
        }
        else if (!Append(unit, head, last, note))
        {
            return false;
        }

        ReturnedRows.Clear(unit);
        log.Hold.Release(unit);
        unit.OnCommitted(log.Appended.Set);
        return true;
    }

    /// <summary>What is left to do once that is durable.</summary>
    public void GoesOn(long size)
    {
        try
        {
            log.Hold.Clear();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            logger.RestoreFileStays(failure.Message);
        }

        logger.LogResumed(size);
    }

    private bool Append(UnitOfWork unit, LogHead head, Checkpoint last, string note)
    {
        var rows = ReturnedRows.Entries(unit, head.Size, last.Size);
        if (rows.Count != last.Size - head.Size)
        {
            return false;
        }

        var tree = head.Tree();
        foreach (var row in rows)
        {
            tree.Append(MerkleTree.LeafHash(row.Entry));
        }

        if (!tree.Root().AsSpan().SequenceEqual(last.RootHash()))
        {
            logger.NotReproduced(last.Size);
            return false;
        }

        foreach (var row in rows)
        {
            var entry = ProtocolJson.Read<EvidenceEntry>(row.Entry);
            LogRows.Add(unit, row.Idx, new LogLeaf(entry.Id, LogLeaf.KeyOf(entry), row.Entry, MerkleTree.LeafHash(row.Entry)));
            if (row.Own)
            {
                copies.Add(unit, log.Origin, row.Idx, row.Entry);
                trail.Restore(unit, entry, row.Idx);
            }
        }

        foreach (var (index, batch) in ReturnedRows.Batches(unit, head.Size, last.Size))
        {
            LogRows.AddBatch(unit, index, batch);
        }

        LogRows.Swap(unit, head, tree);

        // The very one that was published, and not another signature under the same.
        LogRows.AddCheckpoint(unit, new SignedCheckpoint(last, last.Origin, note));
        return true;
    }
}
