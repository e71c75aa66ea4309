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
/// change or until half of their lifetime is over. Whoever has one and is ready to wait is answered at the next change.
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

    private readonly ConcurrentDictionary<(long List, string Purpose, CredentialProfile Profile), PublishedList> published = new();
    private int waiting;

    /// <summary>How many are kept waiting.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>The list as it stands.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public PublishedList Current(long list, string purpose, CredentialProfile profile)
    {
        // Taken before the look: a change that is committed in between is looked at the next time.
        var generation = register.Generation;
        var (now, kid) = (clock.GetUtcNow(), signer.Key.Kid);
        if (published.TryGetValue((list, purpose, profile), out var known) && known.Generation == generation && known.Kid == kid && known.SignedAt <= now && now < known.SignedAt + (settings.Credentials.StatusLifetime / 2))
        {
            return known;
        }

        if (list < 1 || list > store.LastList())
        {
            throw new RefusalException(RefusalCode.NotFound, "There is no such status list.");
        }

        return published[(list, purpose, profile)] = Sign(list, purpose, profile, generation, now);
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

    private PublishedList Sign(long list, string purpose, CredentialProfile profile, int generation, DateTimeOffset now)
    {
        var bits = new StatusList();
        store.Set(list, purpose).ForEach(index => bits.Set(index, true));
        var from = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        var key = signer.Key;
        var publication = new StatusListPublication(signer.ListAddress(list, purpose, profile), signer.Issuer, purpose, from, from + settings.Credentials.StatusLifetime);
        var bytes = Encoding.ASCII.GetBytes(StatusListCredential.Sign(bits, publication, profile, key));
        return new PublishedList(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\""), generation, key.Kid, from);
    }
}

/// <summary>A status list as it is served.</summary>
/// <param name="Bytes">The signed credential.</param>
/// <param name="ETag">Its entity tag.</param>
/// <param name="Generation">Of the changes that it holds.</param>
/// <param name="Kid">Name of the key that signed it.</param>
/// <param name="SignedAt">When.</param>
internal sealed record PublishedList(byte[] Bytes, EntityTagHeaderValue ETag, int Generation, string Kid, DateTimeOffset SignedAt);
