using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Dids;

/// <summary>
/// Resolves <c>did:web</c> (W3C CCG did:web method §2.5.2): fetches the DID document over HTTPS, under the egress rule, with bounds on time and
/// size and without redirects, and keeps it for a while. A service that knows better where some documents are says so (<see cref="DidLocator"/>).
/// </summary>
public sealed class DidResolver(JsonClient client, ServiceSettings settings, TimeProvider clock, DidLocator? locate = null)
{
    private const int MostKept = 1_000;
    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(10);

    // Who names DIDs that do not resolve makes us ask their hosts no more often than this.
    private static readonly TimeSpan FailureFreshness = TimeSpan.FromSeconds(10);

    // Who sends unknown key names makes us fetch no more often than this.
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<Did, LinkedListNode<Kept>> kept = [];
    private readonly LinkedList<Kept> byUse = [];

    /// <summary>The document of the DID, at most 10 minutes old.</summary>
    /// <exception cref="RefusalException">Unavailable: nobody answers now; NotFound; Malformed and others: what is there is no document of this DID.</exception>
    public Task<DidDocument> ResolveAsync(Did did, CancellationToken cancellation) => GetAsync(did, Freshness, cancellation);

    /// <summary>A key of the DID that it names for that use. A name that is not known yet makes the document be fetched once more: the key may be new.</summary>
    /// <param name="did">Whose key.</param>
    /// <param name="kid">Its name; empty: the only verification method that the document has.</param>
    /// <param name="use">What it must be named for.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="RefusalException">Unauthenticated: the DID has no such key for that use; others as <see cref="ResolveAsync"/>.</exception>
    public async Task<PublicKey> KeyAsync(Did did, string kid, VerificationRelationship use, CancellationToken cancellation) =>
        Find(await GetAsync(did, Freshness, cancellation), kid, use)
        ?? Find(await GetAsync(did, LeastPause, cancellation), kid, use)
        ?? throw new RefusalException(RefusalCode.Unauthenticated, $"{did} has no key '{Shorten(kid)}' for {use}.") { Term = "kid" };

    /// <summary>Where the document is: HTTPS, and only on loopback, in a space that allows private addresses, HTTP.</summary>
    internal Uri AddressOf(Did did)
    {
        var address = did.DocumentUri;
        return settings.Egress.AllowPrivateAddresses && address.IsLoopback ? new UriBuilder(address) { Scheme = Uri.UriSchemeHttp, Port = address.IsDefaultPort ? 80 : address.Port }.Uri : address;
    }

    private Task<DidDocument> GetAsync(Did did, TimeSpan oldest, CancellationToken cancellation)
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            if (kept.TryGetValue(did, out var node))
            {
                byUse.Remove(node);
                if (IsGood(node.Value, oldest, now))
                {
                    byUse.AddFirst(node);
                    return node.Value.Document.WaitAsync(cancellation);
                }

                kept.Remove(did);
            }
            else if (kept.Count >= MostKept)
            {
                kept.Remove(byUse.Last!.Value.Did);
                byUse.RemoveLast();
            }

            // Not cancelled with the first who asks: others wait for the same answer. It has its own limit of time.
            var entry = new Kept(did, Task.Run(() => FetchAsync(did), CancellationToken.None), now);
            kept[did] = byUse.AddFirst(entry);
            return entry.Document.WaitAsync(cancellation);
        }
    }

    // A clock that was set back makes nothing fresh again.
    private static bool IsGood(Kept entry, TimeSpan oldest, DateTimeOffset now) =>
        !entry.Document.IsCompleted
        || (now - entry.At is var age && age >= TimeSpan.Zero && age < (entry.Document.IsCompletedSuccessfully ? oldest : FailureFreshness));

    private async Task<DidDocument> FetchAsync(Did did)
    {
        try
        {
            return DidDocument.Read(await FindAsync(did), did);
        }
        catch (RefusalException refusal)
        {
            throw new RefusalException(refusal.Code, $"{did} cannot be resolved: {refusal.Message}", refusal) { Where = refusal.Where, Term = refusal.Term };
        }
    }

    /// <summary>Where the service knows it to be; if there is none, where did:web looks for it.</summary>
    private async Task<byte[]> FindAsync(Did did)
    {
        if (locate is not null && await locate(did, CancellationToken.None) is { } known)
        {
            try
            {
                return await client.GetDocumentAsync(known, CancellationToken.None);
            }
            catch (RefusalException refusal) when (refusal.Code == RefusalCode.NotFound)
            {
                // A connector of another make, whose web server keeps the document elsewhere.
            }
        }

        return await client.GetDocumentAsync(AddressOf(did), CancellationToken.None);
    }

    private static PublicKey? Find(DidDocument document, string kid, VerificationRelationship use) =>
        kid.Length == 0 ? document.Sole(use) : document.Find(kid, use);

    private static string Shorten(string text) => text.Length > 80 ? text[..80] + "…" : text;

    private sealed record Kept(Did Did, Task<DidDocument> Document, DateTimeOffset At);
}
