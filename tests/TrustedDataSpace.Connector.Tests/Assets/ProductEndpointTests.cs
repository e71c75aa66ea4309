using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Assets;

/// <summary>Products, offers, assets and policies over the management interface.</summary>
public sealed class ProductEndpointTests : IAsyncLifetime
{
    private readonly ConnectorUnderTest connector = new();
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        await connector.StartAsync();
        client = connector.Management();
        await SendAsync(HttpMethod.Post, ManagementRoutes.Assets, Definitions.Asset());
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await connector.DisposeAsync();
    }

    [Fact]
    public async Task Product_is_changed_only_in_the_version_that_was_seen()
    {
        var product = Definitions.Product();
        Assert.Equal("\"1\"", (await SendAsync(HttpMethod.Post, ManagementRoutes.Products, product)).Headers.ETag!.Tag);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await SendAsync(HttpMethod.Post, ManagementRoutes.Products, product with { Title = "B" }, "\"7\"")).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await SendAsync(HttpMethod.Post, ManagementRoutes.Products, product with { Title = "B" }, "rubbish")).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await SendAsync(HttpMethod.Post, ManagementRoutes.Products, product with { Id = "new" }, "*")).StatusCode);
        Assert.Equal("\"2\"", (await SendAsync(HttpMethod.Post, ManagementRoutes.Products, product with { Title = "B" }, "\"1\"")).Headers.ETag!.Tag);

        var found = await SendAsync(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.ProductById, product.Id));
        Assert.Equal("\"2\"", found.Headers.ETag!.Tag);
        Assert.Equal(("B", "meters"), await ReadAsync<ProductView>(found) is var view ? (view.Title, view.AssetId) : default);

        var byId = ManagementRoutes.For(ManagementRoutes.ProductById, product.Id);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await SendAsync(HttpMethod.Delete, byId, ifMatch: "\"1\"")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Delete, byId, ifMatch: "\"2\"")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Delete, byId)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, byId)).StatusCode);
        var versions = await ReadAsync<Page<ProductView>>(await SendAsync(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.ProductVersions, product.Id) + "?limit=1"));
        Assert.Equal((2, true), (Assert.Single(versions.Items).Version, versions.Next is not null));
    }

    [Fact]
    public async Task Offer_is_shown_with_its_hash_and_coverage()
    {
        var product = await ReadAsync<ProductView>(await SendAsync(HttpMethod.Post, ManagementRoutes.Products, Definitions.Product()));
        var offer = await ReadAsync<OfferView>(await SendAsync(HttpMethod.Get, ManagementRoutes.For(ManagementRoutes.OfferById, product.OfferId)));
        Assert.Equal((product.OfferId, product.Id, true), (offer.Id, offer.ProductId, offer.IsCurrent));
        Assert.Equal(CanonicalJson.Hash(offer.Offer), offer.Hash);
        Assert.Equal(product.OfferId, offer.Offer.GetProperty("@id").GetString());
        Assert.Equal(product.Coverage, offer.Coverage);
    }

    [Fact]
    public async Task Policy_is_checked_without_a_trace_and_with_every_problem()
    {
        var good = await SendAsync(HttpMethod.Post, ManagementRoutes.PolicyCheck, new PolicyCheck { Policy = JsonElement.Parse(Definitions.InferenceOnly) });
        Assert.Contains((await ReadAsync<PolicyCheckView>(good)).Coverage, term => term.Word == "attested");

        const string Bad = """{"permission":[{"action":"use"}],"obligation":[{"action":"delete"}],"tds:meter":{"unit":"smile"},"tds:pricePlan":{"id":"p","tax":"0.06"}}""";
        var refused = await SendAsync(HttpMethod.Post, ManagementRoutes.PolicyCheck, new PolicyCheck { Policy = JsonElement.Parse(Bad) });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        var text = await refused.Content.ReadAsStringAsync();
        Assert.Contains("obligation", text, StringComparison.Ordinal);
        Assert.Contains("smile", text, StringComparison.Ordinal);
        Assert.Contains("tax", text, StringComparison.Ordinal);
        Assert.Empty((await ReadAsync<Page<ProductView>>(await SendAsync(HttpMethod.Get, ManagementRoutes.Products))).Items);
    }

    [Fact]
    public async Task Asset_is_deleted_when_nothing_on_offer_needs_it()
    {
        var byId = ManagementRoutes.For(ManagementRoutes.AssetById, "meters");
        var tag = (await SendAsync(HttpMethod.Get, byId)).Headers.ETag!.Tag;
        await SendAsync(HttpMethod.Post, ManagementRoutes.Products, Definitions.Product());
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(HttpMethod.Delete, byId)).StatusCode);

        await SendAsync(HttpMethod.Delete, ManagementRoutes.For(ManagementRoutes.ProductById, "load_curve_96"));
        await SendAsync(HttpMethod.Post, ManagementRoutes.Assets, Definitions.Asset());
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await SendAsync(HttpMethod.Delete, byId, ifMatch: tag)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Delete, byId)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, byId)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Post, ManagementRoutes.Products, Definitions.Product())).StatusCode);
    }

    [Fact]
    public async Task Asset_under_an_agreement_in_force_stays()
    {
        await connector.Database.WriteAsync(unit => unit.Execute(
            """
            INSERT INTO agreements (space_id, id, role, state, asset_id, classification, document, concluded_at, filed)
            VALUES (@Space, 'a', 'PROVIDER', 'active', 'meters', 'general', '{}', 0, 1)
            """,
            new { unit.Space }));
        var byId = ManagementRoutes.For(ManagementRoutes.AssetById, "meters");
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(HttpMethod.Delete, byId)).StatusCode);
        await connector.Database.WriteAsync(unit => unit.Execute("UPDATE agreements SET state = 'ended'"));
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Delete, byId)).StatusCode);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string url, object? body = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, url);
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        request.Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: ProtocolJson.Options);
        return await client.SendAsync(request);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response) => ProtocolJson.Read<T>(await response.Content.ReadAsByteArrayAsync());
}
