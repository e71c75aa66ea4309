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
    // Entries of one page are in memory at a time: as many may be lost as a backup is old.
    private const int Page = 4096;

    // The root that all entries together did not give: they do not change any more, so it is not tried again by itself.
    private string? failed;

    /// <summary>Goes on by itself, if every active member has said what it has seen last and the log is that again.</summary>
    /// <exception cref="InvalidDataException">An entry that was handed back stands in the log at another place.</exception>
    public async Task TryAsync()
    {
        var reached = await database.WriteAsync(unit =>
            log.Hold.Restore is { } restore
            && ReturnedRows.WaitingFor(unit, restore).Count == 0
            && ReturnedRows.Reports(unit, restore) is var reports
            && Newest(reports) is { } last
            && last.Origin == log.Origin
            && last.Root != failed
            && OneHistory(reports, last)
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
                return NotReproduced(last);
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

    // Two roots for one size were both signed: which history is the right one, the operator must find out.
    private bool OneHistory(IReadOnlyList<ReportRow> reports, ReportRow last)
    {
        if (reports.GroupBy(report => (report.Origin, report.Size)).FirstOrDefault(group => group.Any(report => report.Root != group.First().Root)) is not { } two)
        {
            return true;
        }

        failed = last.Root;
        logger.TwoHistories(two.Key.Size, string.Join(", ", two.Select(report => report.Member)));
        return false;
    }

    private bool NotReproduced(Checkpoint last)
    {
        failed = last.Root;
        logger.NotReproduced(last.Size);
        return false;
    }

    private static IEnumerable<ReturnedRow> Entries(UnitOfWork unit, long from, long to)
    {
        for (var at = from; at < to; at += Page)
        {
            foreach (var row in ReturnedRows.Entries(unit, at, Math.Min(at + Page, to)))
            {
                yield return row;
            }
        }
    }

    private bool Append(UnitOfWork unit, LogHead head, Checkpoint last, string note)
    {
        if (ReturnedRows.Count(unit, head.Size, last.Size) != last.Size - head.Size)
        {
            return false;
        }

        var tree = head.Tree();
        foreach (var row in Entries(unit, head.Size, last.Size))
        {
            tree.Append(MerkleTree.LeafHash(row.Entry));
        }

        if (!tree.Root().AsSpan().SequenceEqual(last.RootHash()))
        {
            return NotReproduced(last);
        }

        foreach (var row in Entries(unit, head.Size, last.Size))
        {
            var entry = ProtocolJson.Read<EvidenceEntry>(row.Entry);
            if (!LogRows.Add(unit, row.Idx, new LogLeaf(entry.Id, LogLeaf.KeyOf(entry), row.Entry, MerkleTree.LeafHash(row.Entry))))
            {
                failed = last.Root;
                throw new InvalidDataException($"Entry {row.Idx} of the evidence log, {entry.Id} of {entry.Source}, was handed back, but has another place in the restored log.");
            }

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
