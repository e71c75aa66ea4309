using System.Collections.Concurrent;
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

    /// <summary>What the peer shows now takes the place of what it has shown before.</summary>
    public async Task KeepAsync(ShownCredentials shown)
    {
        var credentials = shown.Credentials.Where(credential => credential.SignedText is not null && !checks.IsRequired(credential)).DistinctBy(credential => credential.SignedText).ToList();
        var (holder, now) = (HolderOf(shown.Holder.Value), clock.GetUtcNow());
        var isSame = holder.Shown.Select(one => one.SignedText).Order(StringComparer.Ordinal).SequenceEqual(credentials.Select(one => one.SignedText!).Order(StringComparer.Ordinal));
        if (!isSame)
        {
            // Stored first: what a contract was made on must be known after a restart.
            await store.PutAsync(shown.Holder.Value, [.. credentials.Select(one => one.SignedText!)], credentials.Count == 0 ? now : credentials.Max(one => one.ValidUntil ?? DateTimeOffset.MaxValue));
        }

        lock (holder.Gate)
        {
            holder.Shown = [.. credentials.Select(one => new ShownCredential(one.SignedText!, one, now))];
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
        var (epoch, from) = (checks.Epoch, clock.GetUtcNow());
        var (shown, generation) = holder.Present;
        var (until, isEnding) = (Earlier(from + VerifiedFor, checks.TrustedUntil), false);
        var holding = new List<VerifiableCredential>();
        foreach (var one in shown)
        {
            if (one.Credential?.ValidUntil <= from)
            {
                isEnding = true;
                continue;
            }

            if (await VerifiedAsync(holder, one, from) is not { } verified)
            {
                isEnding = true;
                until = Earlier(until, from + LongestWait);
                continue;
            }

            var credential = verified.Credential!;
            var standing = checks.Trusts(credential) ? await checks.LookAsync(credential, CancellationToken.None) : new CredentialStanding("Its issuer is not believed.", DateTimeOffset.MaxValue, IsKnown: true);
            until = Earlier(until, Earlier(standing.Until, Earlier(credential.ValidUntil ?? DateTimeOffset.MaxValue, verified.VerifiedAt + VerifiedFor)));
            isEnding |= credential.ValidUntil <= from + BeforeEnd || (standing.IsKnown && standing.Fault is not null);
            if (standing.Fault is { } fault)
            {
                logger.CredentialLeftOut(holder.Id, credential.Issuer.Value, fault);
            }
            else
            {
                holding.Add(credential);
            }
        }

        if (isEnding)
        {
            AskAgain(holder, from);
        }

        return Settle(holder, generation, holding, (from, until, epoch));
    }

    private Said Settle(Holder holder, long generation, List<VerifiableCredential> holding, (DateTimeOffset From, DateTimeOffset Until, long Epoch) known)
    {
        lock (holder.Gate)
        {
            // The same object while it says the same: decisions that were taken on it are used again.
            var before = holder.Said;
            var isSame = before is not null && before.Trust == checks.TrustEpoch && before.Holding.SequenceEqual(holding.Select(one => one.SignedText!));
            var said = new Said(isSame ? before!.Claims : checks.ClaimsOf(holding), [.. holding.Select(one => one.SignedText!)], checks.TrustEpoch, known.From, known.From + ((known.Until - known.From) / 2), known.Until, known.Epoch);
            if (holder.Generation == generation)
            {
                holder.Said = said;
            }

            return said;
        }
    }

    /// <returns>Null: it is not what it was when it was shown, or nobody can tell any more.</returns>
    private async Task<ShownCredential?> VerifiedAsync(Holder holder, ShownCredential one, DateTimeOffset now)
    {
        var age = now - one.VerifiedAt;
        if (one.Credential is not null && age >= TimeSpan.Zero && age < VerifiedFor / 2)
        {
            return one;
        }

        try
        {
            var verified = one with { Credential = await CredentialJwt.VerifyAsync(one.SignedText, keys, now, CancellationToken.None), VerifiedAt = now };
            lock (holder.Gate)
            {
                holder.Replace(one, verified);
            }

            // The leeway of clocks is for what is shown, not for what is kept.
            return verified.Credential.SubjectId == holder.Id && !(verified.Credential.ValidUntil <= now) ? verified : null;
        }
        catch (RefusalException refusal)
        {
            logger.CredentialLeftOut(holder.Id, one.Credential?.Issuer.Value ?? "an issuer", refusal.Message);
            return refusal.Code != RefusalCode.Unauthenticated && one.Credential is not null && age >= TimeSpan.Zero && age < VerifiedFor ? one : null;
        }
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
        catch (RefusalException refusal)
        {
            // It need not answer, and may show something else the next time it calls.
            logger.NotShownAgain(holder.Id, refusal.Message);
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private sealed class Holder(string id, IReadOnlyList<ShownCredential> shown)
    {
        private volatile IReadOnlyList<ShownCredential> shown = shown;
        private volatile Said? said;

        public string Id { get; } = id;

        public Lock Gate { get; } = new();

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

    private sealed record ShownCredential(string SignedText, VerifiableCredential? Credential, DateTimeOffset VerifiedAt);

    private sealed record Said(SubjectClaims? Claims, IReadOnlyList<string> Holding, long Trust, DateTimeOffset From, DateTimeOffset RenewAt, DateTimeOffset Until, long Epoch);
}
