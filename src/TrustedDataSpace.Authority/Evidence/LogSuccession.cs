using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// A restored authority adds nothing to its log and signs nothing new until its operator says how to go on: the same log, if its root is the last
/// that was published; else one that follows it, whose first entry names what was published before and how much of it is lost.
/// </summary>
internal sealed class LogSuccession(EvidenceLog log, LogPublisher publisher, EvidenceTrail trail, KeyStore keys, Database database, ILogger<LogSuccession> logger)
{
    /// <summary>Goes on with the log as it is.</summary>
    /// <param name="published">The last checkpoint that was published, as a member has it.</param>
    /// <exception cref="RefusalException">Conflict: the log has another root, or nothing was restored.</exception>
    public void Resume(string published)
    {
        var (last, held) = (Verified(published), publisher.Latest);
        RequireHold();
        if (last.Origin != log.Origin || last.Size != held.Size || last.Root != held.Root)
        {
            throw new RefusalException(RefusalCode.Conflict, $"The checkpoint is over {last.Size} entries of {last.Origin}, the restored log has {held.Size} of {log.Origin}.")
            {
                Term = "checkpoint",
                Remedy = last.Size > held.Size ? "open a successor: tds log succeed" : "ask the members for a newer one",
            };
        }

        log.Release();
        logger.LogResumed(held.Size);
    }

    /// <summary>Opens the log that follows. It begins with the entries that were restored.</summary>
    /// <param name="published">The last checkpoint that was published, as a member has it.</param>
    /// <param name="reason">What has happened, for the log.</param>
    /// <exception cref="RefusalException">Conflict: nothing was restored, or nothing is lost.</exception>
    public async Task SucceedAsync(string published, string reason)
    {
        var last = Verified(published);
        RequireHold();
        await database.WriteAsync(unit =>
        {
            var head = LogRows.Head(unit);
            if (last.Size <= head.Size)
            {
                throw new RefusalException(RefusalCode.Conflict, $"The checkpoint is over {last.Size} entries, the restored log has {head.Size}: nothing is lost.") { Term = "checkpoint", Remedy = "tds log resume" };
            }

            var next = log.Follow(unit);
            var entry = trail.Append(unit, EvidenceKinds.LogSucceeded, new { log = next, before = last, checkpoint = published, kept = head.Size, lost = last.Size - head.Size, reason });
            var (first, _) = log.Append(unit, LogLeaf.Of([entry]), batch: null, held: true);
            EvidenceTrail.MarkLogged(unit, [entry], first);
            unit.OnCommitted(log.Release);
        });
        logger.LogFollowed(log.Origin, last.Size, reason);
    }

    /// <summary>Whether the log waits for its operator, and what it has.</summary>
    public LogHoldStatus Status() => new(log.Origin, log.IsHeld, publisher.Latest.Size, publisher.Latest.Root);

    private void RequireHold()
    {
        if (!log.IsHeld)
        {
            throw new RefusalException(RefusalCode.Conflict, "The log was not restored from a backup: it waits for nothing.") { Term = "log" };
        }
    }

    // What it has published itself, whoever brings it.
    private Checkpoint Verified(string note) => SignedCheckpoint.Verify(note, keys.First(AuthorityKey.Name).Public).Checkpoint;
}
