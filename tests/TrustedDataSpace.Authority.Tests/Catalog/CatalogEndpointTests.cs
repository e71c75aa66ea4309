using System.Net;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Catalog;

public sealed class CatalogEndpointTests
{
    [Fact]
    public async Task A_product_is_found_by_words_in_either_script()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        await RegisterAsync(authority, token, Product(alice, "load-96") with { Title = "96点负荷曲线", Keywords = ["虚拟电厂", "smart grid"] });
        await RegisterAsync(authority, token, Product(alice, "clips") with { Title = "Driving clips", Description = "Rain and snow, Zürich" });

        Assert.Equal(["load-96"], await SearchAsync(authority, token, "负荷"));
        Assert.Equal(["load-96"], await SearchAsync(authority, token, "电厂"));
        Assert.Equal(["load-96"], await SearchAsync(authority, token, "荷"));
        Assert.Equal(["load-96"], await SearchAsync(authority, token, "SMART gri"));
        Assert.Equal(["clips"], await SearchAsync(authority, token, "zurich snow"));
        Assert.Equal(["clips", "load-96"], await SearchAsync(authority, AuthorityUnderTest.Operator, null));
        Assert.Empty(await SearchAsync(authority, token, "电池"));
    }

    [Fact]
    public async Task A_new_version_takes_the_place_of_the_old_in_list_and_index()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        await RegisterAsync(authority, token, Product(alice, "p") with { Title = "Old words" });

        await RegisterAsync(authority, token, Product(alice, "p") with { Title = "New words", OfferId = "offer:p:2" });

        Assert.Empty(await SearchAsync(authority, token, "old"));
        Assert.Equal(["p"], await SearchAsync(authority, token, "new"));
    }

    [Fact]
    public async Task Products_of_a_suspended_provider_are_gone_and_come_back()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        await RegisterAsync(authority, await authority.TokenAsync(alice), Product(alice, "p"));

        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id), AuthorityUnderTest.Operator);
        Assert.Empty(await SearchAsync(authority, AuthorityUnderTest.Operator, "title"));

        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id), AuthorityUnderTest.Operator);
        Assert.Equal(["p"], await SearchAsync(authority, AuthorityUnderTest.Operator, "title"));
    }

    [Fact]
    public async Task The_endpoint_of_a_product_is_where_its_provider_is_now_not_what_it_says()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        await RegisterAsync(authority, token, Product(alice, "p") with { Endpoint = new Uri("https://elsewhere.example/") });

        var page = await authority.OkAsync<ProductPage>(HttpMethod.Get, AuthorityRoutes.ProductsPage(null, 10), token);

        Assert.Equal(alice.Endpoint, Assert.Single(page.Items).Endpoint);
    }

    [Fact]
    public async Task Nobody_registers_for_another_and_strangers_see_nothing()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var token = await authority.TokenAsync(alice);

        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, AuthorityRoutes.Products, token, Product(bob, "p"));
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.ProductsPage(null, 10));
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, AuthorityRoutes.Products, AuthorityUnderTest.Operator, Product(bob, "p"));
    }

    [Fact]
    public async Task A_provider_withdraws_its_own_product_and_no_other()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var (token, bobs) = (await authority.TokenAsync(alice), await authority.TokenAsync(bob));
        await RegisterAsync(authority, token, Product(alice, "p"));
        await RegisterAsync(authority, token, Product(alice, "q"));

        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Delete, AuthorityRoutes.ForProduct("p"), bobs);
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Delete, AuthorityRoutes.ForProduct("p"), AuthorityUnderTest.Operator);
        await authority.SendAsync(HttpMethod.Delete, AuthorityRoutes.ForProduct("p"), token);

        Assert.Equal(["q"], await SearchAsync(authority, token, "title"));
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Delete, AuthorityRoutes.ForProduct("p"), token);
        await RegisterAsync(authority, token, Product(alice, "p"));
        Assert.Equal(["p", "q"], await SearchAsync(authority, token, "title"));
    }

    [Fact]
    public async Task The_number_of_products_and_their_parts_are_bounded()
    {
        await using var authority = await AuthorityUnderTest.StartAsync(change: settings => settings with { Catalog = new() { MaxProductsPerProvider = 1 } });
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        await RegisterAsync(authority, token, Product(alice, "p"));

        await authority.RefusedAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Post, AuthorityRoutes.Products, token, Product(alice, "q"));
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.Products, token, Product(alice, "p") with { Title = new string('x', 201) });
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.Products, token, Product(alice, "p") with { Keywords = [null!] });
    }

    [Fact]
    public async Task Search_pages_through_every_hit_once()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        await Task.WhenAll(Enumerable.Range(0, 25).Select(i => RegisterAsync(authority, token, Product(alice, $"p{i}") with { Title = "battery " + i })));

        var (seen, cursor) = (new List<string>(), (string?)null);
        do
        {
            var page = await authority.OkAsync<ProductPage>(HttpMethod.Get, AuthorityRoutes.ProductsPage("battery", 10, cursor), token);
            seen.AddRange(page.Items.Select(product => product.Id));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(25, seen.Count);
        Assert.Equal(25, seen.Distinct().Count());
    }

    private static Task<ProductRegistration> RegisterAsync(AuthorityUnderTest authority, string token, ProductRegistration product) =>
        authority.OkAsync<ProductRegistration>(HttpMethod.Post, AuthorityRoutes.Products, token, product);

    private static async Task<IEnumerable<string>> SearchAsync(AuthorityUnderTest authority, string bearer, string? query) =>
        (await authority.OkAsync<ProductPage>(HttpMethod.Get, AuthorityRoutes.ProductsPage(query, 10), bearer)).Items.Select(product => product.Id);

    private static ProductRegistration Product(TestMember provider, string id) => new()
    {
        Id = id,
        Provider = Did.Parse(provider.Id),
        Title = "Title",
        Classification = "general",
        OfferId = $"offer:{id}:1",
        Endpoint = provider.Endpoint,
    };
}
