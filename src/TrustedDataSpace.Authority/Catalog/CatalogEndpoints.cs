using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Hosting.Search;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Catalog;

internal static class CatalogEndpoints
{
    public static IServiceCollection AddCatalog(this IServiceCollection services) => services
        .AddSingleton<ProductStore>()
        .AddSingleton<ProductService>();

    public static void MapCatalog(this IEndpointRouteBuilder app)
    {
        var members = app.MapMembers();
        members.MapPost(AuthorityRoutes.Products, RegisterAsync);
        members.MapDelete(AuthorityRoutes.Product, WithdrawAsync);
        app.MapMembersAndOperator("products").MapGet(AuthorityRoutes.Products, Search);
    }

    private static async Task<Ok<ProductRegistration>> RegisterAsync(ProductRegistration product, ClaimsPrincipal user, ProductService service)
    {
        if (product.Provider.Value != Caller.MemberOf(user))
        {
            throw new RefusalException(RefusalCode.Forbidden, "A member registers its own products only.") { Term = "provider" };
        }

        return TypedResults.Ok(await service.RegisterAsync(product));
    }

    // Of the caller: another's product of that id is out of its reach.
    private static async Task<NoContent> WithdrawAsync(string id, ClaimsPrincipal user, ProductService service)
    {
        await service.WithdrawAsync(Caller.MemberOf(user), id);
        return TypedResults.NoContent();
    }

    private static Ok<ProductPage> Search(string? q, int? limit, string? cursor, ProductStore store)
    {
        var most = Paging.Limit(limit);
        var rows = store.Page(string.IsNullOrWhiteSpace(q) ? null : SearchText.ForQuery(q), Before(cursor), most + 1);
        var page = Paging.Of(rows, most, row => row.ToRegistration(), row => row.Seq.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(new ProductPage(page.Items, page.Next));
    }

    private static long Before(string? cursor) => Paging.After(cursor) switch
    {
        null => long.MaxValue,
        var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) => seq,
        _ => throw Paging.BadCursor(),
    };
}
