using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>The catalog as peers ask for it (DSP §6).</summary>
internal static class CatalogEndpoints
{
    private static readonly RefusalRendering Errors = new((_, refusal) =>
        (DspReasons.HttpStatus(refusal.Code), DspJson.ToElement(CatalogError.From(refusal))));

    public static void AddCatalog(this IServiceCollection services)
    {
        services.AddSingleton<CatalogService>();
        services.AddSingleton<CatalogDocuments>();
        services.AddSingleton<PeerCatalog>();
    }

    public static void MapCatalog(this IEndpointRouteBuilder app)
    {
        var group = app.MapDsp(Errors);
        group.MapPost(DspRouteTemplates.Catalog, RequestAsync);
        group.MapPost(DspRouteTemplates.NestedCatalog, RequestNestedAsync);
        group.MapGet(DspRouteTemplates.Dataset, DatasetAsync);
    }

    private static Task<CatalogAnswer> RequestAsync(HttpContext context, string? cursor, CatalogDocuments documents) =>
        AnswerAsync(context, name: null, cursor, documents);

    private static Task<CatalogAnswer> RequestNestedAsync(string name, HttpContext context, string? cursor, CatalogDocuments documents) =>
        AnswerAsync(context, name, cursor, documents);

    private static async Task<CatalogAnswer> AnswerAsync(HttpContext context, string? name, string? cursor, CatalogDocuments documents)
    {
        var message = (await DspReader.ReadAsync<CatalogRequestMessage>(context)).Body;
        var request = CatalogRequest.Read(message.Filter, name, cursor);
        var (document, links) = await documents.PageAsync(Peers.From(context), request, name, context.RequestAborted);
        context.Response.Headers.Link = links;
        return new CatalogAnswer(document);
    }

    private static async Task<CatalogAnswer> DatasetAsync(string id, HttpContext context, CatalogService catalog, ServiceAddress address, CancellationToken cancellation) =>
        new(DspJson.Write(DatasetDocument.Of(await catalog.FindAsync(Peers.From(context), id, cancellation), address.Url + DspEndpoints.Base)));
}
