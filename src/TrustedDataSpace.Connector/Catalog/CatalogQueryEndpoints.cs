using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Catalog;

internal static class CatalogQueryEndpoints
{
    public static void MapCatalogQueries(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("catalog");
        group.MapPost(ManagementRoutes.CatalogQueries, QueryAsync).WithMetadata(new ReadsOnly());
        group.MapGet(ManagementRoutes.CatalogProducts, SearchAsync);
    }

    // The authority has the catalog of the space. What is wrong with the page asked for is told here, as in every list.
    private static Task<ProductPage> SearchAsync(string? q, [AsParameters] PageRequest page, AuthorityClient authority, CancellationToken cancellation) =>
        authority.SearchAsync(string.IsNullOrWhiteSpace(q) ? null : q, page.Size, page.After.Length == 0 ? null : page.Cursor, cancellation);

    private static async Task<IResult> QueryAsync(CatalogQuery query, string? page, PeerCatalog peers, HttpResponse response, CancellationToken cancellation)
    {
        var (catalog, next) = await peers.ReadAsync(query, page, cancellation);
        if (next is not null)
        {
            response.Headers.Link = $"<{ManagementRoutes.CatalogQueries}?page={Uri.EscapeDataString(next)}>; rel=\"next\"";
        }

        return Results.Json(DspJson.ToElement(catalog));
    }
}
