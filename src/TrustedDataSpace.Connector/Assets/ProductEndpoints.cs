using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Requests;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

internal static class ProductEndpoints
{
    public static void MapProducts(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("products").WithMetadata(new OwnEntityTags());
        group.MapPost(ManagementRoutes.Products, PublishAsync);
        group.MapGet(ManagementRoutes.Products, List);
        group.MapGet(ManagementRoutes.ProductById, Get);
        group.MapDelete(ManagementRoutes.ProductById, WithdrawAsync);
        group.MapGet(ManagementRoutes.ProductVersions, Versions);
        group.MapGet(ManagementRoutes.OfferById, Offer);
        app.MapManagement("policies").MapPost(ManagementRoutes.PolicyCheck, Check).WithMetadata(new ReadsOnly());
    }

    private static async Task<Ok<ProductView>> PublishAsync(ProductDefinition definition, HttpContext context, ProductService products) =>
        Tagged(context, await products.PublishAsync(definition, IfMatch.From(context.Request)));

    private static Ok<Page<ProductView>> List(string? q, string? asset, [AsParameters] PageRequest page, ProductListing products) =>
        TypedResults.Ok(products.List(page, q, asset));

    private static Ok<ProductView> Get(string id, HttpContext context, ProductListing products) => Tagged(context, products.Get(id));

    private static async Task<NoContent> WithdrawAsync(string id, HttpContext context, ProductService products)
    {
        await products.WithdrawAsync(id, IfMatch.From(context.Request));
        return TypedResults.NoContent();
    }

    private static Ok<Page<ProductView>> Versions(string id, [AsParameters] PageRequest page, ProductListing products) => TypedResults.Ok(products.Versions(id, page));

    private static Ok<OfferView> Offer(string id, ProductListing products) => TypedResults.Ok(products.Offer(id));

    private static Ok<PolicyCheckView> Check(PolicyCheck check, ProductService products) => TypedResults.Ok(new PolicyCheckView(products.Check(check.Policy)));

    private static Ok<ProductView> Tagged(HttpContext context, ProductView product)
    {
        context.Response.Headers.ETag = ProductService.TagOf(product.Version);
        return TypedResults.Ok(product);
    }
}
