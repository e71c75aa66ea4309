using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>The operator of this participant takes a log that was refused for the log of the space.</summary>
internal sealed class LogAcceptor(LogWatch watch, LogWatchStore store, AuthorityClient authority, EvidenceTrail trail, Database database, ILogger<LogAcceptor> logger)
{
    /// <summary>All evidence is sent to it, receipts of before stay.</summary>
    /// <exception cref="RefusalException">Conflict: no log with that root is refused now; Unauthenticated: no key of the authority has signed it.</exception>
    public async Task AcceptAsync(string root, CancellationToken cancellation)
    {
        if (store.Alarm() is not { } alarm || alarm.Root != root)
        {
            throw new RefusalException(RefusalCode.Conflict, "No log with that root is refused now.") { Term = "root", Remedy = "look at the alarm of GET /api/v1/evidence" };
        }

        var before = store.Seen();
        var key = watch.Signer(alarm.Checkpoint, before is null ? [] : [before.Key])
            ?? watch.Signer(alarm.Checkpoint, await authority.LogKeysAsync(cancellation))
            ?? throw new RefusalException(RefusalCode.Unauthenticated, "No key of the authority that counts for its log has signed that checkpoint.")
            {
                Term = "root",
                Remedy = watch.IsPinned ? "only the key of Authority:LogKey counts: set another one, or none, if the log has another key now" : null,
            };
        var accepted = new SeenLog(SignedCheckpoint.Verify(alarm.Checkpoint, key).Checkpoint, alarm.Checkpoint, key);
        await database.WriteAsync(unit =>
        {
            store.Keep(unit, before, accepted);
            EvidenceTrail.ForgetPlaces(unit);
            ShipmentStore.Forget(unit);
            LogCopies.Forget(unit, accepted.Head.Origin, accepted.Head.Size);
            trail.Append(unit, EvidenceKinds.LogAccepted, new { accepted = accepted.Head, before = before?.Head, alarm.Kind });
        });
        logger.LogAccepted(accepted.Head.Origin, accepted.Head.Size, root);
    }
}
