using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// What credentials say of peers wherever a policy asks: in the negotiation, at the start of a transfer, at each request and each look at what flows. What
/// a peer has shown is kept until it ends; what it says holds no longer than the shortest of what bears it: credentials, their status, the trust list,
/// the last look at their signatures. Before that it is looked at anew, and once it is over it says nothing until that has succeeded.
/// </summary>
internal sealed class PeerClaims(PeerCredentials store, PresentationQueries queries, CredentialChecks checks, KeyResolver keys, TimeProvider clock, ILogger<PeerClaims> logger)
{
    private const int MostKept = 10_000;

    // An issuer may have taken a key back.
    private static readonly TimeSpan VerifiedFor = TimeSpan.FromMinutes(10);

    // Whoever asks is not kept waiting by an issuer that keeps silent.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    // What has answered by then is known, whatever keeps silent.
    private static readonly TimeSpan LookFor = TimeSpan.FromSeconds(1.5);

    // When the holder is asked for what comes after a credential that ends, or has ended, and how often at most.
    private static readonly TimeSpan BeforeEnd = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AskPause = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Holder> holders = new(StringComparer.Ordinal);

    /// <summary>What is known of the peer now; the same object as before while it is the same.</summary>
    public ValueTask<SubjectClaims?> OfAsync(string peer, CancellationToken cancellation)
    {
        var holder = HolderOf(peer);
        if (holder.Shown.Count == 0)
        {
            return ValueTask.FromResult<SubjectClaims?>(null);
        }

        var now = clock.GetUtcNow();
        if (holder.Said is not { } said || said.Epoch != checks.Epoch || now < said.From || now >= said.Until)
        {
            return new ValueTask<SubjectClaims?>(RenewedAsync(holder, cancellation));
        }

        if (now >= said.RenewAt)
        {
            _ = RenewAsync(holder);
        }

        return ValueTask.FromResult(said.Claims);
    }

    /// <summary>
    /// What the peer shows now takes the place of what it has shown before. What it has shown before and shows again stays, also while it cannot be verified
    /// (an issuer, a schema, the trust list that cannot be had): it says nothing for so long, and a short outage takes nothing away for good.
    /// </summary>
    public async Task KeepAsync(ShownCredentials shown)
    {
        // Memory and table say the same: one after the other.
        var holder = HolderOf(shown.Holder.Value);
        await holder.Keeping.WaitAsync();
        try
        {
            await KeepAsync(holder, shown);
        }
        finally
        {
            holder.Keeping.Release();
        }
    }

    private async Task KeepAsync(Holder holder, ShownCredentials shown)
    {
        var now = clock.GetUtcNow();
        List<ShownCredential> verified =
        [
            .. shown.Credentials.Where(credential => credential.SignedText is not null && !checks.IsRequired(credential)).DistinctBy(credential => credential.SignedText)
                .Select(credential => new ShownCredential(credential.SignedText!, credential, now)),
        ];
        var before = holder.Shown;
        List<ShownCredential> all = [.. verified, .. before.Where(one => shown.Texts.Contains(one.SignedText) && !verified.Exists(other => other.SignedText == one.SignedText))];
        var isSame = before.Select(one => one.SignedText).Order(StringComparer.Ordinal).SequenceEqual(all.Select(one => one.SignedText).Order(StringComparer.Ordinal));
        if (!isSame)
        {
            // Stored first: what a contract was made on must be known after a restart.
            await store.PutAsync(holder.Id, [.. all.Select(one => one.SignedText)], all.Count == 0 ? now : all.Max(one => one.Credential?.ValidUntil ?? DateTimeOffset.MaxValue));
        }

        lock (holder.Gate)
        {
            holder.Shown = all;
            if (!isSame)
            {
                holder.Generation++;
                holder.Said = null;
            }
        }
    }

    private Holder HolderOf(string peer)
    {
        if (holders.TryGetValue(peer, out var known))
        {
            return known;
        }

        if (holders.Count >= MostKept)
        {
            holders.Clear();
        }

        return holders.GetOrAdd(peer, id => new Holder(id, [.. store.Of(id).Select(signed => new ShownCredential(signed, null, DateTimeOffset.MinValue))]));
    }

    private async Task<SubjectClaims?> RenewedAsync(Holder holder, CancellationToken cancellation)
    {
        try
        {
            return (await RenewAsync(holder).WaitAsync(LongestWait, clock, cancellation)).Claims;
        }
        catch (TimeoutException)
        {
            logger.ClaimsUnknown(holder.Id, "what bears them does not answer in time");
            return null;
        }
    }

    /// <summary>One look at a time, however many wait for it.</summary>
    private Task<Said> RenewAsync(Holder holder)
    {
        lock (holder.Gate)
        {
            return holder.Renewing is { IsCompleted: false } underWay && holder.RenewingFor == checks.Epoch ? underWay : Begin(holder);
        }
    }

    private Task<Said> Begin(Holder holder)
    {
        holder.RenewingFor = checks.Epoch;
        return holder.Renewing = Task.Run(() => LookAsync(holder));
    }

    private async Task<Said> LookAsync(Holder holder)
    {
        // Of before the look: what changes meanwhile makes another one due.
        var (epoch, trust, from) = (checks.Epoch, checks.TrustEpoch, clock.GetUtcNow());
        var until = Earlier(from + VerifiedFor, checks.TrustedUntil);
        var (shown, generation) = holder.Present;

        // Side by side: an issuer that keeps silent takes nothing from what others say.
        using var late = new CancellationTokenSource(LookFor, clock);
        var found = await Task.WhenAll(shown.Select(one => LookAsync(holder, one, from, late.Token)));
        if (found.Any(one => one.IsEnding))
        {
            AskAgain(holder, from);
        }

        List<VerifiableCredential> holding = [.. found.Select(one => one.Holds).OfType<VerifiableCredential>()];
        return Settle(holder, generation, holding, trust, (from, found.Select(one => one.Until).Append(until).Min(), epoch));
    }

    private async Task<Look> LookAsync(Holder holder, ShownCredential one, DateTimeOffset from, CancellationToken late)
    {
        if (one.Credential?.ValidUntil <= from)
        {
            return new Look(null, DateTimeOffset.MaxValue, IsEnding: true);
        }

        var (verified, isOver) = await VerifiedAsync(holder, one, from, late);
        if (verified?.Credential is not { } credential)
        {
            return new Look(null, clock.GetUtcNow() + LongestWait, isOver);
        }

        // Who is believed no longer may be believed again when the next list comes: nobody is asked for something else on that account.
        var standing = checks.Trusts(credential) ? await StandingAsync(credential, late) : new CredentialStanding("Its issuer is not believed.", DateTimeOffset.MaxValue, IsKnown: false);
        if (standing.Fault is { } fault)
        {
            logger.CredentialLeftOut(holder.Id, credential.Issuer.Value, fault);
        }

        return new Look(
            standing.Fault is null ? credential : null,
            Earlier(standing.Until, Earlier(credential.ValidUntil ?? DateTimeOffset.MaxValue, verified.VerifiedAt + VerifiedFor)),
            credential.ValidUntil <= from + BeforeEnd || (standing.IsKnown && standing.Fault is not null));
    }

    private async Task<CredentialStanding> StandingAsync(VerifiableCredential credential, CancellationToken late)
    {
        try
        {
            return await checks.LookAsync(credential, late);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return new CredentialStanding("Its status list does not come in time.", clock.GetUtcNow() + LongestWait, IsKnown: false);
        }
    }

    private Said Settle(Holder holder, long generation, List<VerifiableCredential> holding, long trust, (DateTimeOffset From, DateTimeOffset Until, long Epoch) known)
    {
        lock (holder.Gate)
        {
            // The same object while it says the same: decisions that were taken on it are used again.
            var before = holder.Said;
            var isSame = before is not null && before.Trust == trust && before.Holding.SequenceEqual(holding.Select(one => one.SignedText!));
            var said = new Said(isSame ? before!.Claims : checks.ClaimsOf(holding), [.. holding.Select(one => one.SignedText!)], trust, known.From, known.From + ((known.Until - known.From) / 2), known.Until, known.Epoch);
            if (holder.Generation == generation)
            {
                holder.Said = said;
            }

            return said;
        }
    }

    /// <returns>Null: it is not what it was when it was shown (and that is over), or nobody can tell any more.</returns>
    private async Task<(ShownCredential? Verified, bool IsOver)> VerifiedAsync(Holder holder, ShownCredential one, DateTimeOffset now, CancellationToken late)
    {
        var age = now - one.VerifiedAt;
        if (one.Credential is not null && age >= TimeSpan.Zero && age < VerifiedFor / 2)
        {
            return (one, false);
        }

        var (why, isOver) = ("the keys of its issuer do not come in time", false);
        var verifying = VerifyAsync(holder, one, now);
        try
        {
            // The leeway of clocks is for what is shown, not for what is kept.
            var verified = await verifying.WaitAsync(late);
            return verified.Credential!.SubjectId == holder.Id && !(verified.Credential.ValidUntil <= now) ? (verified, false) : (null, true);
        }
        catch (RefusalException refusal)
        {
            (why, isOver) = (refusal.Message, refusal.Code == RefusalCode.Unauthenticated);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            // What fails too late says nothing more.
            _ = verifying.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        logger.CredentialLeftOut(holder.Id, one.Credential?.Issuer.Value ?? "an issuer", why);
        return (!isOver && one.Credential is not null && age >= TimeSpan.Zero && age < VerifiedFor ? one : null, isOver);
    }

    /// <summary>Not ended with the look that began it: what comes too late for one is there for the next.</summary>
    private async Task<ShownCredential> VerifyAsync(Holder holder, ShownCredential one, DateTimeOffset now)
    {
        var verified = one with { Credential = await CredentialJwt.VerifyAsync(one.SignedText, keys, now, CancellationToken.None), VerifiedAt = now };
        lock (holder.Gate)
        {
            holder.Replace(one, verified);
        }

        return verified;
    }

    private void AskAgain(Holder holder, DateTimeOffset now)
    {
        lock (holder.Gate)
        {
            if (now - holder.AskedAt is var age && age >= TimeSpan.Zero && age < AskPause)
            {
                return;
            }

            holder.AskedAt = now;
        }

        _ = AskAsync(holder);
    }

    private async Task AskAsync(Holder holder)
    {
        try
        {
            await KeepAsync((await queries.AskAsync(Did.Parse(holder.Id), accessToken: null, CancellationToken.None)).Shown);
        }
        catch (Exception failure) when (failure is RefusalException or InvalidOperationException or SqliteException)
        {
            // It need not answer, and may show something else the next time it calls; nobody waits for this one.
            logger.NotShownAgain(holder.Id, failure.Message);
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private sealed class Holder(string id, IReadOnlyList<ShownCredential> shown)
    {
        private volatile IReadOnlyList<ShownCredential> shown = shown;
        private volatile Said? said;

        public string Id { get; } = id;

        public Lock Gate { get; } = new();

        /// <summary>Held while what was shown is stored and taken.</summary>
        public SemaphoreSlim Keeping { get; } = new(1, 1);

        public IReadOnlyList<ShownCredential> Shown { get => shown; set => shown = value; }

        public Said? Said { get => said; set => said = value; }

        /// <summary>Another number: something else was shown.</summary>
        public long Generation { get; set; }

        public (IReadOnlyList<ShownCredential> Shown, long Generation) Present
        {
            get
            {
                lock (Gate)
                {
                    return (Shown, Generation);
                }
            }
        }

        public Task<Said>? Renewing { get; set; }

        public long RenewingFor { get; set; }

        public DateTimeOffset AskedAt { get; set; } = DateTimeOffset.MinValue;

        public void Replace(ShownCredential one, ShownCredential with) => Shown = [.. Shown.Select(other => ReferenceEquals(other, one) ? with : other)];
    }

    /// <summary>What a look has found: the credential if it holds, until when that is known, and whether its holder is to be asked for what comes after it.</summary>
    private sealed record Look(VerifiableCredential? Holds, DateTimeOffset Until, bool IsEnding);

    private sealed record ShownCredential(string SignedText, VerifiableCredential? Credential, DateTimeOffset VerifiedAt);

    private sealed record Said(SubjectClaims? Claims, IReadOnlyList<string> Holding, long Trust, DateTimeOffset From, DateTimeOffset RenewAt, DateTimeOffset Until, long Epoch);
}
