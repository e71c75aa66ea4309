using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

internal static class AssetEndpoints
{
    public static void AddAssets(this IServiceCollection services)
    {
        services.AddSingleton<AssetService>();
        services.AddSingleton<ProductService>();
        services.AddSingleton<IOutboxHandler, ProductRegistrar>();
    }

    public static void MapAssets(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("assets");
        group.MapPost(ManagementRoutes.Assets, DefineAsync);
        group.MapGet(ManagementRoutes.Assets, List);
    }

    private static async Task<Ok<AssetView>> DefineAsync(AssetDefinition definition, AssetService assets) => TypedResults.Ok(await assets.DefineAsync(definition));

    private static Ok<Page<AssetView>> List([AsParameters] PageRequest page, AssetService assets) => TypedResults.Ok(assets.List(page));
}
