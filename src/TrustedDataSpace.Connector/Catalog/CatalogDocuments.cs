using Microsoft.Extensions.Primitives;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>Pages of the catalog as they are sent.</summary>
internal sealed class CatalogDocuments(CatalogService catalog, ServiceAddress address, ConnectorSettings settings)
{
    /// <summary>One page, and the links to those beside it (RFC 8288).</summary>
    /// <param name="peer">Who asks.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="name">Of the nested catalog; null: the root.</param>
    /// <param name="cancellation">Ends the look.</param>
    public async Task<(byte[] Document, StringValues Links)> PageAsync(Peer peer, CatalogRequest request, string? name, CancellationToken cancellation)
    {
        var page = await catalog.PageAsync(peer, request, cancellation);
        var endpoint = address.Url + DspEndpoints.Base;
        var own = (name is null ? endpoint : endpoint + DspRoutes.NestedCatalogBase(name)) + DspRoutes.Catalog;
        var document = DspJson.Write(new Protocol.Dsp.Catalog
        {
            Id = own,
            ParticipantId = settings.Participant.Id,
            Services = [DatasetDocument.ServiceAt(endpoint)],
            Datasets = [.. page.Products.Select(product => DatasetDocument.Of(product, endpoint))],
            Catalogs = [.. page.Catalogs.Select(nested => DatasetDocument.OfCatalog(nested, endpoint, settings.Participant.Id))],
        });
        return (document, new StringValues([.. Links(page, request.Scope, own)]));
    }

    private static IEnumerable<string> Links(CatalogPage page, string scope, string own)
    {
        if (page.Next is { } next)
        {
            yield return $"<{own}?cursor={CatalogCursor.Write(next, scope)}>; rel=\"next\"";
        }

        if (page.Previous is { } previous)
        {
            yield return $"<{own}?cursor={CatalogCursor.Write(previous, scope)}>; rel=\"previous\"";
        }
    }
}
