using System.Collections.Concurrent;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The keys that others encrypt to, from their DID documents. These are fetched from the endpoint that the authority's register vouches
/// for, not from the host that the DID names: the DIDs of a space need not resolve.
/// </summary>
internal sealed class PeerAgreementKeys(JsonClient http, IPeerDirectory directory, TimeProvider clock)
{
    // A replaced key opens what is encrypted to it for hours more.
    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(10);

    // Whoever has none may have just been replaced by a version that has one.
    private static readonly TimeSpan FreshnessOfNone = TimeSpan.FromSeconds(10);
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<string, Kept> kept = new();

    /// <summary>The key of the participant; null when its connector publishes none.</summary>
    /// <exception cref="RefusalException">Unavailable: nobody can tell now; others as <see cref="IPeerDirectory.FindAsync"/>.</exception>
    public async ValueTask<PublicKey?> FindAsync(string id, CancellationToken cancellation)
    {
        if (kept.TryGetValue(id, out var known) && clock.GetElapsedTime(known.At) < (known.Key is null ? FreshnessOfNone : Freshness))
        {
            return known.Key;
        }

        var key = Did.TryParse(id, out var did) ? await FetchAsync(did, cancellation) : null;
        if (kept.Count >= MostKept)
        {
            kept.Clear();
        }

        kept[id] = new Kept(key, clock.GetTimestamp());
        return key;
    }

    private async Task<PublicKey?> FetchAsync(Did did, CancellationToken cancellation)
    {
        var endpoint = (await directory.FindAsync(did.Value, cancellation)).Endpoint;
        try
        {
            return DidDocument.Read(await http.GetDocumentAsync(new Uri(endpoint + did.DocumentUri.AbsolutePath), cancellation), did).AgreementKey;
        }
        catch (RefusalException refusal) when (refusal.Code != RefusalCode.Unavailable)
        {
            // Another vendor's connector, whose DID document is elsewhere or nowhere.
            return null;
        }
    }

    private sealed record Kept(PublicKey? Key, long At);
}
