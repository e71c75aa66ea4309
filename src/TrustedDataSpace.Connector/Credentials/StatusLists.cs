using System.Text;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Status lists of issuers that are believed: fetched under the egress rule, verified once, asked in O(1) after that, and no older than
/// <see cref="CredentialOptions.MaxStatusAge"/> when they say that a credential holds. Who keeps a list away gains nothing: without it nothing holds.
/// The authority tells each second whether a status has changed (<see cref="Tell"/>): its lists are fetched anew at once.
/// </summary>
internal sealed class StatusLists(JsonClient http, KeyResolver keys, ConnectorSettings settings, TimeProvider clock, ILogger<StatusLists> logger)
{
    // Of 2 MiB at most each.
    private const int MostKept = 32;
    private static readonly TimeSpan FailureFreshness = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly Dictionary<(string Address, string Issuer, string Purpose), Place> places = [];
    private long epoch;

    // -1: nothing yet.
    private long told = -1;

    // How often it has told of a change: what it says now may be a number of before.
    private long tellings;

    /// <summary>Another number: what was looked up before may be another now.</summary>
    public long Epoch => Volatile.Read(ref epoch);

    /// <summary>So often the authority has changed the status of a credential. A list that was asked for when it was another number says nothing any more.</summary>
    /// <returns>Whether it is another number than before.</returns>
    public bool Tell(long changes)
    {
        lock (gate)
        {
            if (told == changes)
            {
                return false;
            }

            told = changes;
            Volatile.Write(ref tellings, tellings + 1);
            epoch++;
            return true;
        }
    }

    /// <summary>Whether it is known without asking anybody that the credential was neither revoked nor suspended.</summary>
    public bool IsKnownToHold(VerifiableCredential credential)
    {
        for (var i = 0; i < credential.Status.Count; i++)
        {
            if (Present(credential, credential.Status[i]) is not { } list || list.IsSet(credential.Status[i].Index))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Why the credential does not hold: it was revoked or suspended, or nobody can tell. Null: it holds.</summary>
    public async Task<string?> FaultAsync(VerifiableCredential credential, CancellationToken cancellation) => (await LookAsync(credential, ahead: false, cancellation)).Fault;

    /// <summary>How the credential stands, and for how long that is known.</summary>
    /// <param name="credential">The credential.</param>
    /// <param name="ahead">Whether a list that has passed half of its time is fetched anew. Nobody waits for that: the one that is here counts to its end.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<CredentialStanding> LookAsync(VerifiableCredential credential, bool ahead, CancellationToken cancellation)
    {
        var until = DateTimeOffset.MaxValue;
        foreach (var entry in credential.Status)
        {
            try
            {
                var list = await GetAsync(credential, entry, ahead, cancellation);
                until = Earlier(until, EndOf(list));
                if (list.List.IsSet(entry.Index))
                {
                    return new CredentialStanding($"A credential does not hold: {(entry.Purpose == CredentialStatusEntry.Revocation ? "it was revoked" : "it is suspended")}.", until, IsKnown: true);
                }
            }
            catch (RefusalException refusal)
            {
                logger.StatusUnknown(credential.Issuer.Value, refusal.Message);
                return new CredentialStanding("Nobody can tell now whether a credential still holds.", clock.GetUtcNow() + FailureFreshness, IsKnown: false);
            }
        }

        return new CredentialStanding(null, until, IsKnown: true);
    }

    /// <summary>The list, if it is here and fresh.</summary>
    private StatusList? Present(VerifiableCredential credential, CredentialStatusEntry entry)
    {
        lock (gate)
        {
            return places.TryGetValue(KeyOf(credential, entry), out var place) && place.Last is { } last && IsFresh(last, clock.GetUtcNow()) ? last.List : null;
        }
    }

    private async Task<Fetched> GetAsync(VerifiableCredential credential, CredentialStatusEntry entry, bool ahead, CancellationToken cancellation)
    {
        Task<Fetched> fetching;
        lock (gate)
        {
            var now = clock.GetUtcNow();
            var place = PlaceOf(KeyOf(credential, entry), now);
            var last = place.Last is { } known && IsFresh(known, now) ? known : null;
            if (last is not null && !(ahead && now - last.At >= settings.Credentials.MaxStatusAge / 2))
            {
                return last;
            }

            // Not cancelled with the first who asks: others wait for the same list. It has its own limit of time.
            var isAsked = place.Fetching is { } asked && (!place.IsOfAuthority || place.Telling == tellings) && (!asked.IsCompleted || (now - place.AskedAt is var age && age >= TimeSpan.Zero && age < FailureFreshness));
            if (!isAsked || place.Fetching!.IsCompletedSuccessfully)
            {
                var asking = (At: now, Number: told, Telling: tellings);
                (place.AskedAt, place.Telling) = (now, tellings);
                place.Fetching = Task.Run(() => FetchAsync(place, credential, entry, asking), CancellationToken.None);

                // Perhaps nobody waits for it.
                _ = place.Fetching.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }

            if (last is not null)
            {
                return last;
            }

            fetching = place.Fetching!;
        }

        // Asked for after all that was told before this question. What changes while it is on its way makes another look due, and does not keep this one waiting.
        return await fetching.WaitAsync(cancellation);
    }

    private Place PlaceOf((string Address, string Issuer, string Purpose) key, DateTimeOffset now)
    {
        if (!places.TryGetValue(key, out var place))
        {
            if (places.Count >= MostKept)
            {
                places.Remove(places.MinBy(other => other.Value.AskedAt).Key);
            }

            places[key] = place = new Place { IsOfAuthority = key.Issuer == settings.Authority.Id, AskedAt = now };
        }

        return place;
    }

    // By when it was asked for, and a clock that was set back makes nothing fresh again.
    private bool IsFresh(Fetched list, DateTimeOffset now) => list.At <= now && now < EndOf(list) && IsOfNow(list);

    private bool IsOfNow(Fetched list) => !list.IsOfAuthority || list.Telling == Volatile.Read(ref tellings);

    private DateTimeOffset EndOf(Fetched list) => Earlier(list.At + settings.Credentials.MaxStatusAge, list.ValidUntil ?? DateTimeOffset.MaxValue);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private async Task<Fetched> FetchAsync(Place place, VerifiableCredential credential, CredentialStatusEntry entry, (DateTimeOffset At, long Number, long Telling) asking)
    {
        if (!GivenAddress.MayBeCalled(entry.ListCredential, settings.Egress))
        {
            throw new RefusalException(RefusalCode.Malformed, $"{entry.ListCredential} is no https address.");
        }

        // What stands between here and the authority may have kept the list of before the change.
        var address = place.IsOfAuthority && asking.Number >= 0 && entry.ListCredential.Query.Length == 0 ? new Uri($"{entry.ListCredential.AbsoluteUri}?after={asking.Number}") : entry.ListCredential;
        var bytes = await http.GetDocumentAsync(address, CancellationToken.None, StatusListCredential.MaxLength, StatusListCredential.MediaType(credential.Profile));
        var list = await CredentialJwt.VerifyAsync(Encoding.UTF8.GetString(bytes).Trim(), keys, clock.GetUtcNow(), StatusListCredential.MaxLength);
        var fetched = new Fetched(StatusListCredential.Read(list, credential, entry), asking.At, list.ValidUntil, place.IsOfAuthority, asking.Telling);
        lock (gate)
        {
            if (place.Last is null || place.Last.At <= asking.At)
            {
                place.Last = fetched;
                epoch++;
            }
        }

        return fetched;
    }

    private static (string Address, string Issuer, string Purpose) KeyOf(VerifiableCredential credential, CredentialStatusEntry entry) =>
        (entry.ListCredential.AbsoluteUri, credential.Issuer.Value, entry.Purpose);

    private sealed class Place
    {
        public required bool IsOfAuthority { get; init; }

        public DateTimeOffset AskedAt { get; set; }

        public long Telling { get; set; }

        public Task<Fetched>? Fetching { get; set; }

        public Fetched? Last { get; set; }
    }

    private sealed record Fetched(StatusList List, DateTimeOffset At, DateTimeOffset? ValidUntil, bool IsOfAuthority, long Telling);
}

/// <summary>How a credential stands.</summary>
/// <param name="Fault">Why it does not hold; null: it holds.</param>
/// <param name="Until">Until when that is known.</param>
/// <param name="IsKnown">False: nobody can tell.</param>
internal sealed record CredentialStanding(string? Fault, DateTimeOffset Until, bool IsKnown);
