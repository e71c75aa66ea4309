using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// What the operator says about a log that was restored: that it goes on, if with what members have handed back its root is the last that was published;
/// else that one follows it, whose first entry names what was published before and how much of it is lost.
/// </summary>
internal sealed class LogSuccession(EvidenceLog log, LogReproduction reproduction, EvidenceTrail trail, Database database, AuthoritySettings settings, ILogger<LogSuccession> logger)
{
    /// <summary>Goes on with the log.</summary>
    /// <param name="published">The last checkpoint that was published, as a member has it.</param>
    /// <exception cref="RefusalException">Conflict: the log has another root, a member has seen a newer checkpoint, or nothing was restored.</exception>
    public async Task ResumeAsync(string published)
    {
        var last = log.Verify(published);
        var size = await database.WriteAsync(unit =>
        {
            var restore = Restore();
            RequireNewest(unit, restore, last);
            var head = LogRows.Head(unit);
            if (last.Origin != log.Origin || last.Size < head.Size || !reproduction.Reproduce(unit, last, published))
            {
                throw new RefusalException(RefusalCode.Conflict, $"The checkpoint is over {last.Size} entries of {last.Origin}, the restored log has {head.Size} of {log.Origin}.")
                {
                    Term = "checkpoint",
                    Remedy = last.Size > head.Size || last.Origin != log.Origin ? "wait for what members hand back (tds log hold), or open a successor: tds log succeed" : "ask the members for a newer one",
                };
            }

            return last.Size;
        });
        reproduction.GoesOn(size);
    }

    /// <summary>Opens the log that follows. It begins with the entries that were restored.</summary>
    /// <param name="published">The last checkpoint that was published, as a member has it.</param>
    /// <param name="reason">What has happened, for the log.</param>
    /// <exception cref="RefusalException">Conflict: nothing was restored, nothing is lost, or a member has seen a newer checkpoint.</exception>
    public async Task SucceedAsync(string published, string reason)
    {
        var last = log.Verify(published);
        var size = await database.WriteAsync(unit =>
        {
            var restore = Restore();
            RequireNewest(unit, restore, last);
            var head = LogRows.Head(unit);
            var same = last.Origin == log.Origin;
            if (same && last.Size <= head.Size)
            {
                throw new RefusalException(RefusalCode.Conflict, $"The checkpoint is over {last.Size} entries, the restored log has {head.Size}: nothing is lost.") { Term = "checkpoint", Remedy = "tds log resume" };
            }

            if (log.GenerationOf(last.Origin) < log.GenerationOf(log.Origin))
            {
                throw new RefusalException(RefusalCode.Conflict, $"The checkpoint is of {last.Origin}, which the restored log {log.Origin} has followed.") { Term = "checkpoint", Remedy = "ask the members for a newer one" };
            }

            // Behind the newest that was ever published: a backup may be older than a log that has followed since, and two of one name would be a fork.
            // Of that one it is not known how much of it the restored log has.
            var next = log.Follow(unit, last.Origin);
            var lost = same ? last.Size - head.Size : (long?)null;
            var entry = trail.Append(unit, EvidenceKinds.LogSucceeded, new { log = next, before = last, checkpoint = published, kept = head.Size, lost, reason });
            var (first, _) = log.Append(unit, LogLeaf.Of([entry]), batch: null, held: true);
            EvidenceTrail.MarkLogged(unit, [entry], first);
            ReturnedRows.Clear(unit);
            log.Hold.Release(unit);
            return first + 1;
        });
        logger.LogFollowed(log.Origin, last.Size, reason);
        reproduction.GoesOn(size);
    }

    /// <summary>Whether the log waits, and for what.</summary>
    public LogHoldStatus Status() => database.Read(connection =>
    {
        var (space, restore) = (settings.Space.Id, log.Hold.Restore);
        var head = LogRows.Head(connection, space);
        var status = new LogHoldStatus(log.Origin, restore is not null, head.Size, Convert.ToBase64String(head.Root));
        if (restore is null)
        {
            return status;
        }

        var newest = reproduction.Newest(ReturnedRows.Reports(connection, space, restore));
        status = status with { WaitingFor = ReturnedRows.WaitingFor(connection, space, restore) };
        if (newest is null || (newest.Origin == log.Origin && newest.Size <= head.Size))
        {
            return status;
        }

        var collected = newest.Origin == log.Origin ? ReturnedRows.Count(connection, space, head.Size, newest.Size) : 0;
        return status with { Published = newest.Note, Collected = collected, Missing = newest.Origin == log.Origin ? newest.Size - head.Size - collected : newest.Size };
    });

    private string Restore() => log.Hold.Restore ?? throw LogHold.NothingRestored();

    // Signing behind less than anybody has seen would be the fork that members refuse for ever.
    private void RequireNewest(UnitOfWork unit, string restore, Checkpoint last)
    {
        var newest = reproduction.Newest(ReturnedRows.Reports(unit, restore));
        if (newest is not null && (log.GenerationOf(newest.Origin), newest.Size).CompareTo((log.GenerationOf(last.Origin), last.Size)) > 0)
        {
            throw new RefusalException(RefusalCode.Conflict, $"{newest.Member} has shown a newer checkpoint, over {newest.Size} entries of {newest.Origin}; this one is over {last.Size} of {last.Origin}.")
            {
                Term = "checkpoint",
                Remedy = "give that one: tds log hold --json shows it",
            };
        }

        foreach (var member in ReturnedRows.WaitingFor(unit, restore))
        {
            if (last.Origin == log.Origin && log.Hold.Claims.TryGetValue(member, out var claimed) && claimed > last.Size)
            {
                throw new RefusalException(RefusalCode.Conflict, $"{member} says that it has seen the log with {claimed} entries, the checkpoint is over {last.Size}.")
                {
                    Term = "checkpoint",
                    Remedy = "wait for the checkpoint that it has, or ask it; suspend the member if it has none",
                };
            }
        }
    }
}
