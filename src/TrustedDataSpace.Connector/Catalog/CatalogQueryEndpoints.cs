using TrustedDataSpace.Hosting;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Catalog;

internal static class CatalogQueryEndpoints
{
    public static void MapCatalogQueries(this IEndpointRouteBuilder app) =>
        app.MapPost(ManagementRoutes.CatalogQueries, QueryAsync).RequireAuthorization(ServiceHost.ManagementPolicy);

    private static async Task<IResult> QueryAsync(CatalogQuery query, string? page, PeerCatalog peers, HttpResponse response, CancellationToken cancellation)
    {
        var (catalog, next) = await peers.ReadAsync(query.Provider, page, cancellation);
        if (next is not null)
        {
            response.Headers.Link = $"<{ManagementRoutes.CatalogQueries}?page={Uri.EscapeDataString(next)}>; rel=\"next\"";
        }

        return Results.Json(DspJson.ToElement(catalog));
    }
}
