using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>The catalog as peers ask for it (DSP §6).</summary>
internal static class CatalogEndpoints
{
    private static readonly RefusalRendering Errors = new((_, refusal) =>
        (DspReasons.HttpStatus(refusal.Code), DspJson.ToElement(CatalogError.From(refusal))));

    public static void AddCatalog(this IServiceCollection services)
    {
        services.AddSingleton<CatalogService>();
        services.AddSingleton<PeerCatalog>();
    }

    public static void MapCatalog(this IEndpointRouteBuilder app)
    {
        var group = app.MapDsp(Errors);
        group.MapPost(DspRouteTemplates.Catalog, RequestAsync);
        group.MapGet(DspRouteTemplates.Dataset, DatasetAsync);
    }

    private static async Task<IResult> RequestAsync(
        HttpContext context, string? cursor, CatalogService catalog, ServiceAddress address, ConnectorSettings settings, CancellationToken cancellation)
    {
        if ((await DspReader.ReadAsync<CatalogRequestMessage>(context)).Body.Filter.Count > 0)
        {
            // DSP §6: a filter that is not supported must be refused, or the peer would take everything for what it asked for.
            throw new RefusalException(RefusalCode.Unsupported, "No catalog filter is supported here.") { Term = "filter", Remedy = "leave the filter out" };
        }

        var page = await catalog.VisibleAsync(Peers.From(context), new PageRequest(null, cursor).After, cancellation);
        var endpoint = address.Url + DspEndpoints.Base;
        if (page.Next is { } last)
        {
            context.Response.Headers.Link = $"<{endpoint}{DspRoutes.Catalog}?cursor={PageRequest.CursorAfter(last)}>; rel=\"next\"";
        }

        return DspEndpoints.Answer(new Protocol.Dsp.Catalog
        {
            Id = endpoint + DspRoutes.Catalog,
            ParticipantId = settings.Participant.Id,
            Services = [DatasetDocument.ServiceAt(endpoint)],
            Datasets = [.. page.Products.Select(product => DatasetDocument.Of(product, endpoint))],
        });
    }

    private static async Task<IResult> DatasetAsync(string id, HttpContext context, CatalogService catalog, ServiceAddress address, CancellationToken cancellation) =>
        DspEndpoints.Answer(DatasetDocument.Of(await catalog.FindAsync(Peers.From(context), id, cancellation), address.Url + DspEndpoints.Base));
}
