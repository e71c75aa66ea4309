using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// Takes what members hand back after a restore. Nothing is believed: a checkpoint has the log's signature, an entry of a member the proof of its place
/// under one, an entry of the authority opens with the master key for its place.
/// </summary>
internal sealed class LogReturns(EvidenceLog log, MemberBatches batches, LogCopies copies, LogReproduction reproduction, Database database, AuthoritySettings settings)
{
    /// <summary>Whether anything is wanted.</summary>
    public LogCollectionStatus Status() => new(log.Origin, database.Read(connection => LogRows.Head(connection, settings.Space.Id)).Size, log.Hold.Restore);

    /// <summary>Takes a part. Idempotent.</summary>
    /// <exception cref="RefusalException">Names what is not so.</exception>
    public async Task<LogCollectionStatus> TakeAsync(string member, LogReturn part)
    {
        var status = Status();
        if (status.Restore is not { } restore)
        {
            return status;
        }

        var seen = log.Verify(part.Checkpoint);
        if (part.Own?.Any(copy => copy is null) == true)
        {
            throw Wrong("An entry of the authority is null.");
        }

        var batch = part.Batch is { } returned ? Placed(member, returned, status) : null;
        var own = (part.Own ?? []).Take(LogReturn.MaxOwn + 1).ToList() is { Count: <= LogReturn.MaxOwn } few
            ? few.Where(copy => copy.Index >= status.From).Select(copy => (copy.Index, Entry: Opened(copy, status.Origin))).ToList()
            : throw new RefusalException(RefusalCode.TooLarge, $"A part has {LogReturn.MaxOwn} entries of the authority at most.") { Term = "own" };
        await database.WriteAsync(unit =>
        {
            // Released meanwhile: what was handed back is in the log, or never will be.
            if (log.Hold.Restore != restore)
            {
                return;
            }

            Report(unit, restore, member, seen, part);
            if (batch is not null)
            {
                ReturnedRows.AddBatch(unit, batch);
                foreach (var (entry, i) in part.Batch!.Batch.Entries.Select((entry, i) => (entry, i)))
                {
                    ReturnedRows.Add(unit, batch.First + i, entry.CanonicalBytes().ToArray(), own: false);
                }
            }

            foreach (var (index, entry) in own)
            {
                ReturnedRows.Add(unit, index, entry, own: true);
            }
        });
        if (part.Complete)
        {
            await reproduction.TryAsync();
        }

        return Status();
    }

    // What a member has shown is not taken back by something older, of which it may send a part late.
    private void Report(UnitOfWork unit, string restore, string member, Checkpoint seen, LogReturn part)
    {
        var before = ReturnedRows.Reports(unit, restore).SingleOrDefault(report => report.Member == member);
        var order = before is null ? 1 : (log.GenerationOf(seen.Origin), seen.Size).CompareTo((log.GenerationOf(before.Origin), before.Size));
        if (order == 0 && before!.Root != seen.Root)
        {
            throw new RefusalException(RefusalCode.Conflict, $"You have shown another checkpoint over {seen.Size} entries of {seen.Origin} before: two histories were signed.") { Term = "checkpoint" };
        }

        if (order >= 0)
        {
            ReturnedRows.Report(unit, restore, member, seen, part.Checkpoint, part.Complete);
        }
        else if (part.Complete)
        {
            ReturnedRows.Completed(unit, restore, member);
        }
    }

    /// <returns>Null: it is here already.</returns>
    private LoggedBatch? Placed(string member, ReturnedBatch returned, LogCollectionStatus status)
    {
        var (batch, proof) = (returned.Batch, returned.Proof);
        if (batch.Source != member)
        {
            throw new RefusalException(RefusalCode.Forbidden, "A member hands back its own entries only.") { Term = "source" };
        }

        var head = log.Verify(returned.Checkpoint);
        if (batch.Entries.Any(entry => entry is null) || returned.Before.Any(hash => hash is not { Length: MerkleTree.HashLength }))
        {
            throw Wrong("An entry is null, or a hash is not 32 bytes.");
        }

        if (batch.Entries.Count is 0 or > EvidenceBatch.MaxEntries || returned.Before.Count > EvidenceBatch.MaxEntries || head.Origin != status.Origin || proof.Size != head.Size)
        {
            throw Wrong("The receipt is of another log, or for other entries.");
        }

        var first = proof.First + returned.Before.Count;
        if (first < status.From)
        {
            throw Wrong($"The log has the entries up to {status.From}: what stands behind is wanted.");
        }

        if (database.Read(connection => ReturnedRows.Has(connection, settings.Space.Id, first, first + batch.Entries.Count)))
        {
            return null;
        }

        if (!proof.Verify([.. returned.Before, .. batch.Entries.Select(entry => entry.LeafHash())], head.RootHash()))
        {
            throw Wrong("The proof does not lead from the entries to the root of the checkpoint.");
        }

        batches.Check(batch);
        return LoggedBatch.Of(batch, first, batch.Entries.Count, []);
    }

    private byte[] Opened(SealedEntry copy, string origin)
    {
        try
        {
            var entry = copies.Open(origin, copy);
            return ProtocolJson.Read<EvidenceEntry>(entry).Source == settings.Participant.Id ? entry : throw Wrong("The entry is not of this authority.");
        }
        catch (InvalidOperationException)
        {
            throw Wrong($"What is said to be entry {copy.Index} was not sealed by this authority for that place.");
        }
    }

    private static RefusalException Wrong(string message) => new(RefusalCode.Malformed, message) { Term = "returned" };
}
