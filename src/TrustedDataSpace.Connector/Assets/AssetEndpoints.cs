using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Requests;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

internal static class AssetEndpoints
{
    public static void AddAssets(this IServiceCollection services)
    {
        services.AddSingleton<AssetService>();
        services.AddSingleton<CompiledOffers>();
        services.AddSingleton<ProductService>();
        services.AddSingleton<ProductListing>();
        services.AddHostedService<ProductIndexing>();
        services.AddSingleton<IOutboxHandler, ProductRegistrar>();
    }

    public static void MapAssets(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("assets").WithMetadata(new OwnEntityTags());
        group.MapPost(ManagementRoutes.Assets, DefineAsync);
        group.MapGet(ManagementRoutes.Assets, List);
        group.MapGet(ManagementRoutes.AssetById, Get);
        group.MapDelete(ManagementRoutes.AssetById, DeleteAsync);
    }

    private static async Task<Ok<AssetView>> DefineAsync(AssetDefinition definition, HttpContext context, AssetService assets) =>
        Tagged(context, await assets.DefineAsync(definition, IfMatch.From(context.Request)));

    private static Ok<AssetView> Get(string id, HttpContext context, AssetService assets) => Tagged(context, assets.Get(id));

    private static async Task<NoContent> DeleteAsync(string id, HttpContext context, AssetService assets)
    {
        await assets.DeleteAsync(id, IfMatch.From(context.Request));
        return TypedResults.NoContent();
    }

    private static Ok<AssetView> Tagged(HttpContext context, (AssetView Asset, string Tag) found)
    {
        context.Response.Headers.ETag = found.Tag;
        return TypedResults.Ok(found.Asset);
    }

    private static Ok<Page<AssetView>> List([AsParameters] PageRequest page, AssetService assets) => TypedResults.Ok(assets.List(page));
}
