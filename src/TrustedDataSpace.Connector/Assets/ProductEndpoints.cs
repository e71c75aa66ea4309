using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

internal static class ProductEndpoints
{
    public static void MapProducts(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("products");
        group.MapPost(ManagementRoutes.Products, PublishAsync);
        group.MapGet(ManagementRoutes.Products, List);
    }

    private static async Task<Ok<ProductView>> PublishAsync(ProductDefinition definition, ProductService products) => TypedResults.Ok(await products.PublishAsync(definition));

    private static Ok<Page<ProductView>> List([AsParameters] PageRequest page, ProductService products) => TypedResults.Ok(products.List(page));
}
