using System.Collections.Concurrent;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>
/// Where peers are and how they stand, from the authority's register. While the authority tells of every change (<see cref="Standing.StandingFeed"/>),
/// an answer counts for a minute unless a change takes it away; while it does not, for ten seconds. While the register does not answer either, the
/// authority's last word counts until it is <see cref="AuthorityOptions.MaxStaleness"/> old, and no longer: whoever keeps it away gains no more than that.
/// </summary>
internal sealed class AuthorityDirectory(AuthorityClient authority, ConnectorSettings settings, TimeProvider clock) : IPeerDirectory
{
    /// <summary>For so long after an epoch nothing is taken to have changed.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Told = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Untold = TimeSpan.FromSeconds(10);
    private const int MostKept = 10_000;

    // An authority that does not answer is not asked by each request, and not waited for by those that have a last word.
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<string, Kept> kept = new();
    private readonly ConcurrentDictionary<string, bool> standing = new();
    private readonly Dictionary<string, Asking> underWay = new(StringComparer.Ordinal);
    private long since;
    private long confirmed;
    private long signed;
    private long unanswered;
    private long changes;

    /// <inheritdoc/>
    public ValueTask<PeerRecord> FindAsync(string did, CancellationToken cancellation)
    {
        // Every data request comes here: no lock.
        var isKnown = kept.TryGetValue(did, out var known);
        return isKnown && IsFresh(known!, clock.GetUtcNow()) ? ValueTask.FromResult(known!.Record) : new(FindLaterAsync(did, known, cancellation));
    }

    /// <inheritdoc/>
    public async ValueTask<PeerRecord> FindAnewAsync(string did, CancellationToken cancellation) => await Ask(did, anew: true).Answer.WaitAsync(cancellation);

    /// <inheritdoc/>
    public DateTimeOffset? StandingOf(string did) => kept.TryGetValue(did, out var known) && WordOf(known) is var word && word <= clock.GetUtcNow() ? word : null;

    private async Task<PeerRecord> FindLaterAsync(string did, Kept? known, CancellationToken cancellation)
    {
        if (known is null)
        {
            return await Ask(did).Answer.WaitAsync(cancellation);
        }

        var now = clock.GetUtcNow();
        var sinceAttempt = now.Ticks - Volatile.Read(ref unanswered);
        if (sinceAttempt >= 0 && sinceAttempt < BetweenAttempts.Ticks && IsLastWord(known, now))
        {
            return known.Record;
        }

        var asking = Ask(did);
        try
        {
            // Who comes later does not wait for as long anew.
            var left = LongestWait - (now - asking.At);
            return await asking.Answer.WaitAsync(left < TimeSpan.Zero ? TimeSpan.Zero : left < LongestWait ? left : LongestWait, cancellation);
        }
        catch (Exception failure) when (failure is TimeoutException or RefusalException { Code: RefusalCode.Unavailable })
        {
            now = clock.GetUtcNow();
            Volatile.Write(ref unanswered, now.Ticks);
            return IsLastWord(known, now) ? known.Record : throw NobodyKnows(did, WordOf(known), failure);
        }
    }

    /// <summary>One question at a time about each, however many wait for the answer; and a new one once something was told, as the answer may be of before.</summary>
    private Asking Ask(string did, bool anew = false)
    {
        lock (gate)
        {
            if (!anew && underWay.TryGetValue(did, out var asking) && asking.Changes == changes && !asking.Answer.IsCompleted)
            {
                return asking;
            }

            // What the answer says was true when it was asked for, at the latest.
            var (before, asked) = (changes, clock.GetUtcNow());

            // Not ended with the first who asks: one that comes too late is kept all the same. It has its own limit of time.
            asking = new Asking(Task.Run(() => AskAsync(did, before, asked)), asked, before);
            underWay[did] = asking;

            _ = asking.Answer.ContinueWith(_ => End(did, asking), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return asking;
        }
    }

    private void End(string did, Asking asking)
    {
        // One that fails too late says nothing more.
        _ = asking.Answer.Exception;
        lock (gate)
        {
            if (underWay.TryGetValue(did, out var present) && ReferenceEquals(present, asking))
            {
                underWay.Remove(did);
            }
        }
    }

    private async Task<PeerRecord> AskAsync(string did, long before, DateTimeOffset asked)
    {
        var found = await LookUpAsync(Did.Parse(did), CancellationToken.None);
        if (found.State != ParticipantStates.Active)
        {
            Keep(did, null, before);
            throw new RefusalException(RefusalCode.Forbidden, $"{did} is not an active participant of the space: it is {found.State}.") { Term = "membership", IsForNow = found.State == ParticipantStates.Suspended };
        }

        var now = clock.GetUtcNow();
        var former = found.FormerKeys.Where(key => key.AcceptedUntil > now).ToList();
        var record = new PeerRecord(
            found.Id.Value, found.Name, found.Endpoint.AbsoluteUri.TrimEnd('/'), found.State, PublicKey.FromJwk(found.Key), found.Region, found.Roles)
        {
            FormerKeys = [.. former.Select(key => PublicKey.FromJwk(key.Key))],
        };

        // A replaced key counts to its end, and no longer for being kept here.
        Keep(did, new Kept(record, asked, former.Count == 0 ? DateTimeOffset.MaxValue : former.Min(key => key.AcceptedUntil)), before);
        return record;
    }

    /// <summary>From now on every change is told; of what was asked before, nobody knows whether it has changed since.</summary>
    public void Begin()
    {
        lock (gate)
        {
            Volatile.Write(ref changes, changes + 1);
            Volatile.Write(ref since, clock.GetUtcNow().Ticks);
            standing.Clear();
        }
    }

    /// <summary>The authority says that all that changed was told.</summary>
    /// <param name="at">When it said so: what was held back on its way is no newer for that.</param>
    public void Confirm(DateTimeOffset at)
    {
        var now = clock.GetUtcNow();
        Volatile.Write(ref signed, Math.Min(now.Ticks, at.Ticks));
        Volatile.Write(ref confirmed, now.Ticks);
    }

    /// <summary>
    /// Whether the participant is a member as far as can be told: what it shows, such as an access token, may have been made before it was suspended. It is
    /// asked about once; after that its changes are told. While nobody can tell, what it shows decides.
    /// </summary>
    public async ValueTask<bool> StandsAsync(string did, CancellationToken cancellation)
    {
        if (standing.TryGetValue(did, out var stands))
        {
            return stands;
        }

        var before = Volatile.Read(ref changes);
        try
        {
            await FindAsync(did, cancellation);
            if (!kept.TryGetValue(did, out var found) || !IsFresh(found, clock.GetUtcNow()) || found.At.Ticks <= Volatile.Read(ref since))
            {
                // A last word is asked about again, and so is one from before changes were told: nobody tells what changed in between.
                return true;
            }

            stands = true;
        }
        catch (RefusalException refusal) when (refusal.Code is RefusalCode.Forbidden or RefusalCode.NotFound)
        {
            stands = false;
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unavailable)
        {
            return true;
        }

        lock (gate)
        {
            if (changes == before)
            {
                Note(did, stands);
            }
        }

        return stands;
    }

    /// <summary>The standing of these, by DID, has become another; null: of anybody.</summary>
    public void Forget(IReadOnlyDictionary<string, string>? participants)
    {
        lock (gate)
        {
            Volatile.Write(ref changes, changes + 1);
            if (participants is null)
            {
                kept.Clear();
                standing.Clear();
                return;
            }

            foreach (var (did, state) in participants)
            {
                kept.TryRemove(did, out _);
                Note(did, state == ParticipantStates.Active);
            }
        }
    }

    private void Note(string did, bool stands)
    {
        if (standing.Count >= MostKept)
        {
            // They are asked about again.
            standing.Clear();
        }

        standing[did] = stands;
    }

    // A clock that was set back makes nothing fresh again.
    private bool IsFresh(Kept known, DateTimeOffset now)
    {
        var age = now - known.At;
        var isTold = now.Ticks - Volatile.Read(ref confirmed) is var silent && silent >= 0 && silent < Silence.Ticks && known.At.Ticks > Volatile.Read(ref since);
        return age >= TimeSpan.Zero && age < (isTold ? Told : Untold) && now < known.Until;
    }

    // When the authority last vouched for it: by the answer itself, or by an epoch since, as all that changed in between was told.
    private DateTimeOffset WordOf(Kept known) =>
        known.At.Ticks > Volatile.Read(ref since) && Volatile.Read(ref signed) is var told && told > known.At.Ticks ? new DateTimeOffset(told, TimeSpan.Zero) : known.At;

    private bool IsLastWord(Kept known, DateTimeOffset now) => now - WordOf(known) is var age && age >= TimeSpan.Zero && age < settings.Authority.MaxStaleness && now < known.Until;

    private static RefusalException NobodyKnows(string did, DateTimeOffset word, Exception failure) => StandingRefusal.Of($"{did} was a member at {word:u}, and nobody can tell whether it is one now: {failure.Message}", failure);

    private void Keep(string did, Kept? found, long before)
    {
        lock (gate)
        {
            kept.TryRemove(did, out _);
            if (found is null || changes != before)
            {
                // Somebody's standing changed meanwhile, perhaps this one's: the next one asks again.
                return;
            }

            if (kept.Count >= MostKept)
            {
                kept.Clear();
            }

            kept[did] = found;
        }
    }

    private async Task<Participant> LookUpAsync(Did did, CancellationToken cancellation)
    {
        try
        {
            return await authority.ParticipantAsync(did.Value, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.NotFound)
        {
            throw new RefusalException(RefusalCode.NotFound, $"{did} is no participant of this space.", refusal);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unavailable)
        {
            // Not let through meanwhile: whoever was suspended would have to cut this connector off only.
            throw StandingRefusal.Of($"Nobody can tell now whether {did} is a member: {refusal.Message}", refusal, refusal.Remedy);
        }
    }

    private sealed record Asking(Task<PeerRecord> Answer, DateTimeOffset At, long Changes);

    private sealed record Kept(PeerRecord Record, DateTimeOffset At, DateTimeOffset Until);
}
