using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>
/// Holds the authority to its log: a checkpoint is believed when the pinned key has signed it and it is proven to have only grown from the last
/// one. A log that was rolled back, forked, replaced or forged is refused loudly, and nothing is marked as logged: an operator may accept it.
/// </summary>
internal sealed class LogWatch(LogWatchStore store, LogCopies copies, AuthorityClient authority, Database database, ConnectorSettings settings, ILogger<LogWatch> logger)
{
    private const int TriesForProof = 3;

    /// <summary>The size of the log that was seen last; null before the first time.</summary>
    public long? SeenSize => store.Seen()?.Head.Size;

    /// <summary>Looks at the present checkpoint and keeps it.</summary>
    /// <exception cref="RefusalException">Conflict: the log is refused; Unavailable and others: the authority does not answer.</exception>
    public async Task LookAsync(CancellationToken cancellation)
    {
        RefuseWhileUndecided();
        var note = await authority.CheckpointAsync(cancellation);
        var (before, after) = await JudgeAsync(note, proof: null, cancellation);
        if (before?.Note != after.Note || store.Alarm() is not null)
        {
            await database.WriteAsync(unit => store.Keep(unit, before, after));
        }
    }

    /// <summary>Judges the checkpoint of a receipt.</summary>
    /// <returns>What was seen before, and what is to be kept in the unit of work that marks the entries (<see cref="Keep"/>).</returns>
    /// <exception cref="RefusalException">Conflict: the log is refused.</exception>
    public Task<(SeenLog? Before, SeenLog After)> JudgeAsync(string note, ConsistencyProof? proof, CancellationToken cancellation)
    {
        RefuseWhileUndecided();
        return store.Seen() is { } seen ? FollowAsync(seen, note, proof, cancellation) : BeginAsync(note, cancellation);
    }

    /// <summary>Keeps what was judged, in the unit of work of what follows from it.</summary>
    public void Keep(UnitOfWork unit, SeenLog? before, SeenLog after) => store.Keep(unit, before, after);

    /// <summary>What a receipt says is not so: refused like a log that is.</summary>
    /// <exception cref="RefusalException">Conflict, always.</exception>
    public async Task RefuseAsync(LogFinding finding, string note)
    {
        if (await database.WriteAsync(unit => store.Raise(unit, finding, note)))
        {
            logger.LogRefused(finding.Kind, finding.Reason);
        }

        throw Refusal(finding.Reason);
    }

    // Which of two signed histories is the right one no later look can tell.
    private void RefuseWhileUndecided()
    {
        if (store.Alarm() is { Kind: LogAlarmKinds.Forked or LogAlarmKinds.OtherLog } alarm)
        {
            throw Refusal(alarm.Reason);
        }
    }

    private async Task<(SeenLog? Before, SeenLog After)> FollowAsync(SeenLog seen, string note, ConsistencyProof? proof, CancellationToken cancellation)
    {
        if (!Counts(seen.Key))
        {
            await RefuseAsync(new LogFinding(LogAlarmKinds.Forged, $"the key that signed what was seen of it before, {seen.Key.Thumbprint}, is not the one of Authority:LogKey"), note);
        }

        if (proof is null && seen.Judge(note, proof) is { Kind: LogAlarmKinds.Forked } && SignedCheckpoint.Verify(note, seen.Key).Checkpoint is { } next && next.Size > seen.Head.Size)
        {
            proof = await ProofAsync(seen.Head.Size, next.Size, cancellation);
        }

        if (seen.Judge(note, proof) is { } finding)
        {
            await RefuseAsync(finding, note);
        }

        var after = seen with { Head = SignedCheckpoint.Verify(note, seen.Key).Checkpoint, Note = note };
        await copies.FetchAsync(seen.Head, after.Head, cancellation);
        return (seen, after);
    }

    /// <returns>Null: the authority gives none, and an authority that has forked its log would not say why.</returns>
    private async Task<ConsistencyProof?> ProofAsync(long from, long to, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await authority.ConsistencyAsync(from, to, cancellation);
            }
            catch (RefusalException refusal) when (refusal.Code != RefusalCode.Unavailable)
            {
                // Who is not let in, suspended since the checkpoint, is shown no checkpoint either: then this is what is thrown.
                await authority.CheckpointAsync(cancellation);

                // An access token that ended on the way says nothing about the log: it is asked again, with the next one.
                if (refusal.Code != RefusalCode.Unauthenticated || tries == TriesForProof)
                {
                    return null;
                }
            }
        }
    }

    private async Task<(SeenLog? Before, SeenLog After)> BeginAsync(string note, CancellationToken cancellation)
    {
        var keys = await authority.LogKeysAsync(cancellation);
        var key = Signer(note, keys);
        var expected = $"{settings.Authority.Id}/{settings.Space.Id}";
        if (key is null)
        {
            await RefuseAsync(new LogFinding(LogAlarmKinds.Forged, "what it shows is no checkpoint by a key that counts for it"), note);
        }

        var head = SignedCheckpoint.Verify(note, key!).Checkpoint;
        if (head.Origin != expected && !head.Origin.StartsWith(expected + "/", StringComparison.Ordinal))
        {
            await RefuseAsync(new LogFinding(LogAlarmKinds.Forged, $"it is the log '{head.Origin}', not '{expected}'"), note);
        }

        return (null, new SeenLog(head, note, key!));
    }

    /// <summary>Whether one key alone counts.</summary>
    public bool IsPinned => settings.Authority.LogKey is not null;

    // The setting counts from the moment it is made, whatever was pinned before.
    private bool Counts(PublicKey key) => settings.Authority.LogKey is not { } pinned || key.Thumbprint == pinned;

    /// <summary>The key among those that count which has signed the checkpoint; null: none has.</summary>
    public PublicKey? Signer(string note, IReadOnlyList<PublicKey> keys) => keys.Where(Counts).FirstOrDefault(key =>
    {
        try
        {
            return SignedCheckpoint.Verify(note, key) is not null;
        }
        catch (RefusalException)
        {
            // Not by this key, or no note at all: then no key fits.
            return false;
        }
    });

    private static RefusalException Refusal(string reason) => new(RefusalCode.Conflict, $"The log of the space is refused: {reason}.")
    {
        Where = "authority",
        Term = "log",
        Remedy = "ask the operator of the space; if its log was lost and this is the one that follows, accept it (tds evidence accept)",
    };
}
