using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Credentials;

/// <summary>
/// Publishes the status lists: made from the states of the credentials when somebody asks and something has changed, signed, and kept until the next
/// change or until half of their lifetime is over. However many ask at once, a list is made once; one whose bits are the same after a change elsewhere stays what it is. Whoever has one and is ready to wait is answered at the next change.
/// </summary>
internal sealed class StatusListPublisher(
    CredentialStore store,
    CredentialRegister register,
    CredentialSigner signer,
    Database database,
    AuthoritySettings settings,
    TimeProvider clock)
{
    /// <summary>The addresses are open to all: more than so many are not kept waiting, and come again.</summary>
    private const int MostWaiting = 2000;

    private readonly ConcurrentDictionary<(long List, string Purpose, CredentialProfile Profile), Place> places = new();
    private int waiting;

    /// <summary>How many are kept waiting.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>The list as it stands.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public PublishedList Current(long list, string purpose, CredentialProfile profile)
    {
        // Taken before the look: a change that is committed in between is looked at the next time.
        var generation = register.Generation;
        if (places.TryGetValue((list, purpose, profile), out var place))
        {
            if (place.Published is { } known && known.Generation >= generation && IsGood(known))
            {
                return known;
            }
        }
        else if (list < 1 || list > store.LastList())
        {
            throw new RefusalException(RefusalCode.NotFound, "There is no such status list.");
        }

        return Renew(places.GetOrAdd((list, purpose, profile), _ => new Place()), list, purpose, profile);
    }

    /// <summary>Ends as soon as there is another list than the one the caller has, or after the wait with the one there is.</summary>
    public async Task<PublishedList> OtherThanAsync(PublishedList known, (long List, string Purpose, CredentialProfile Profile) which, TimeSpan wait, CancellationToken cancellation)
    {
        try
        {
            if (Interlocked.Increment(ref waiting) <= MostWaiting)
            {
                await database.WaitUntilAsync(
                    CredentialRegister.StatusChange, () => !Current(which.List, which.Purpose, which.Profile).ETag.Equals(known.ETag), wait, cancellation);
            }
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }

        return Current(which.List, which.Purpose, which.Profile);
    }

    /// <summary>One at a time makes it; the others find it made.</summary>
    private PublishedList Renew(Place place, long list, string purpose, CredentialProfile profile)
    {
        lock (place.Gate)
        {
            var generation = register.Generation;
            var known = place.Published is { } last && IsGood(last) ? last : null;
            if (known?.Generation >= generation)
            {
                return known;
            }

            List<long> set = [.. store.Set(list, purpose).Order()];
            return place.Published = known is not null && known.Set.SequenceEqual(set)
                ? known with { Generation = generation }
                : Sign(list, purpose, profile, generation, set);
        }
    }

    private bool IsGood(PublishedList known)
    {
        var now = clock.GetUtcNow();
        return known.Kid == signer.Key.Kid && known.SignedAt <= now && now < known.SignedAt + (settings.Credentials.StatusLifetime / 2);
    }

    private PublishedList Sign(long list, string purpose, CredentialProfile profile, long generation, List<long> set)
    {
        var now = clock.GetUtcNow();
        var bits = new StatusList();
        set.ForEach(index => bits.Set(index, true));
        var from = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        var key = signer.Key;
        var publication = new StatusListPublication(signer.ListAddress(list, purpose, profile), signer.Issuer, purpose, from, from + settings.Credentials.StatusLifetime);
        var bytes = Encoding.ASCII.GetBytes(StatusListCredential.Sign(bits, publication, profile, key));
        return new PublishedList(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\""), generation, key.Kid, from, set);
    }

    private sealed class Place
    {
        private PublishedList? published;

        public Lock Gate { get; } = new();

        public PublishedList? Published
        {
            get => Volatile.Read(ref published);
            set => Volatile.Write(ref published, value);
        }
    }
}

/// <summary>A status list as it is served.</summary>
/// <param name="Bytes">The signed credential.</param>
/// <param name="ETag">Its entity tag.</param>
/// <param name="Generation">Of the changes that it holds.</param>
/// <param name="Kid">Name of the key that signed it.</param>
/// <param name="SignedAt">When.</param>
/// <param name="Set">The places whose bits are set, in order.</param>
internal sealed record PublishedList(byte[] Bytes, EntityTagHeaderValue ETag, long Generation, string Kid, DateTimeOffset SignedAt, IReadOnlyList<long> Set);
