using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>Reads the catalogs of others.</summary>
internal sealed class PeerCatalog(JsonClient client, IPeerDirectory peers, PeerVersions versions, IPeerTokens tokens)
{
    /// <summary>A page of the peer's catalog, exactly as it came, and the address of its next page.</summary>
    /// <param name="query">The peer, and what is asked for.</param>
    /// <param name="page">Address of the page, as the peer gave it; null for the first.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="RefusalException">Malformed: it is no catalog, or the page lies outside the peer's registered endpoint.</exception>
    public async Task<(Protocol.Dsp.Catalog Catalog, string? Next)> ReadAsync(CatalogQuery query, string? page, CancellationToken cancellation)
    {
        var provider = query.Provider;
        var peer = await peers.FindAsync(provider, cancellation);
        if (page is not null && !peer.Owns(page))
        {
            throw new RefusalException(RefusalCode.Malformed, $"The page is not one of {provider}: it lies outside {peer.Endpoint}.") { Term = "page" };
        }

        var url = page ?? $"{peer.Endpoint}{await versions.PathAsync(provider, cancellation)}{DspRoutes.Catalog}";
        var answer = await client.SendAsync(
            HttpMethod.Post, url, DspJson.Write(new CatalogRequestMessage { Filter = query.Filter }), await tokens.ForAsync(provider, cancellation), cancellation);
        return (DspJson.Read<Protocol.Dsp.Catalog>(answer.Body), answer.Next);
    }

    /// <summary>One dataset of the peer's catalog, with its offers.</summary>
    /// <exception cref="RefusalException">NotFound: the peer shows no such dataset; Malformed: it is none.</exception>
    public async Task<Dataset> DatasetAsync(string provider, string dataset, CancellationToken cancellation)
    {
        var peer = await peers.FindAsync(provider, cancellation);
        var url = $"{peer.Endpoint}{await versions.PathAsync(provider, cancellation)}{DspRoutes.Dataset(dataset)}";
        var answer = await client.SendAsync(HttpMethod.Get, url, null, await tokens.ForAsync(provider, cancellation), cancellation);
        return DspJson.Read<Dataset>(answer.Body);
    }
}
