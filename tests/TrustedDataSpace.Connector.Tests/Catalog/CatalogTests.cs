using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Catalog;
using TrustedDataSpace.Connector.Tests.Assets;
using TrustedDataSpace.Connector.Tests.Identity;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Catalog;

/// <summary>What peers see of the catalog, over real HTTP and with the real rules.</summary>
public sealed class CatalogTests : IAsyncLifetime
{
    private const string Base = "/dsp/2025-1";
    private const string Here = "did:web:vpp.example";
    private const string Elsewhere = "did:web:abroad.example";
    private const string ForRegion44 = """
        {"permission":[{"action":"use","constraint":[{"leftOperand":"spatial","operator":"eq","rightOperand":"44"}]}]}
        """;

    private TokenIssuer issuer = null!;
    private ConnectorUnderTest connector = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await TokenIssuer.StartAsync();
        connector = new ConnectorUnderTest(issuer.Url);
        await connector.StartAsync();
        await connector.Get<AssetService>().DefineAsync(Definitions.Asset());
        connector.Get<EmbeddedPolicyEngine>().Replace(PolicyBundle.BuiltIn());
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task Dataset_says_how_it_can_be_had()
    {
        await PublishAsync(Definitions.Product());
        var catalog = DspJson.Read<Protocol.Dsp.Catalog>(await BodyAsync(await ListAsync(Here)));
        var dataset = Assert.Single(catalog.Datasets);
        Assert.Equal(ConnectorUnderTest.Did, catalog.ParticipantId);
        Assert.Equal("load_curve_96", dataset.Id);
        Assert.Equal("offer:load_curve_96:1", Assert.Single(dataset.Offers).Id);
        Assert.Equal([DspConstants.HttpPull, DspConstants.HttpPush], dataset.Distributions.Select(distribution => distribution.Format));
        Assert.All(dataset.Distributions, distribution => Assert.Equal(connector.Url + Base, distribution.AccessService.Service!.EndpointUrl));
        Assert.Equal(dataset.Offers, DspJson.Read<Dataset>(await BodyAsync(await ItemAsync(Here, "load_curve_96"))).Offers);
    }

    [Fact]
    public async Task List_and_item_show_a_peer_the_same()
    {
        await PublishAsync(Definitions.Product(id: "for_all"));
        await PublishAsync(Definitions.Product(ForRegion44, "for_44"));
        await PublishAsync(Definitions.Product(id: "never") with { Classification = "important" });
        foreach (var (peer, region) in new[] { (Here, "44"), (Elsewhere, "31") })
        {
            var listed = DspJson.Read<Protocol.Dsp.Catalog>(await BodyAsync(await ListAsync(peer, region))).Datasets.Select(dataset => dataset.Id).ToList();
            Assert.Equal(region == "44" ? ["for_44", "for_all"] : ["for_all"], listed);
            foreach (var id in new[] { "for_all", "for_44", "never" })
            {
                Assert.Equal(listed.Contains(id), (await ItemAsync(peer, id, region)).StatusCode == HttpStatusCode.OK);
            }
        }
    }

    [Fact]
    public async Task Hidden_dataset_and_none_are_answered_in_the_same_words()
    {
        await PublishAsync(Definitions.Product(ForRegion44, "for_44"));
        var hidden = await ItemAsync(Elsewhere, "for_44", "31");
        var none = await ItemAsync(Elsewhere, "no_such", "31");
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        var error = await BodyAsync(hidden);
        Assert.Equal("CatalogError", DspJson.TypeOf(JsonElement.Parse(error)));
        Assert.Equal(Encoding.UTF8.GetString(await BodyAsync(none)), Encoding.UTF8.GetString(error));
    }

    [Fact]
    public async Task Without_a_policy_bundle_nothing_is_shown()
    {
        await using var deaf = new ConnectorUnderTest(issuer.Url);
        await deaf.StartAsync();
        await deaf.Get<AssetService>().DefineAsync(Definitions.Asset());
        await deaf.Get<ProductService>().PublishAsync(Definitions.Product());
        Assert.Empty(DspJson.Read<Protocol.Dsp.Catalog>(await BodyAsync(await ListAsync(Here, from: deaf))).Datasets);
        Assert.Equal(HttpStatusCode.NotFound, (await ItemAsync(Here, "load_curve_96", from: deaf)).StatusCode);
    }

    [Fact]
    public async Task Filter_is_refused_in_the_words_of_the_protocol()
    {
        var response = await ListAsync(Here, filter: JsonElement.Parse("""{"keyword":"x"}"""));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("CatalogError", DspJson.TypeOf(JsonElement.Parse(await BodyAsync(response))));
    }

    [Fact]
    public async Task Stranger_gets_a_catalog_error()
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(connector.Url + Base + DspRoutes.Dataset("x"));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("CatalogError", DspJson.TypeOf(JsonElement.Parse(await BodyAsync(response))));
    }

    [Fact]
    public async Task Pages_cover_every_dataset_once()
    {
        const int Products = CatalogService.PageSize + 5;
        await Task.WhenAll(Enumerable.Range(0, Products).Select(i => PublishAsync(Definitions.Product(id: "p" + i.ToString("000", CultureInfo.InvariantCulture)))));
        var seen = new List<string>();
        string? next = connector.Url + Base + DspRoutes.Catalog;
        while (next is not null)
        {
            using var response = await ListAsync(Here, url: next);
            seen.AddRange(DspJson.Read<Protocol.Dsp.Catalog>(await BodyAsync(response)).Datasets.Select(dataset => dataset.Id));
            var link = (response.Headers.TryGetValues("Link", out var links) ? links : []).SelectMany(value => value.Split(',')).SingleOrDefault(value => value.Contains("next", StringComparison.Ordinal));
            next = link?.Split('<', '>')[1];
        }

        Assert.Equal(Products, seen.Count);
        Assert.Equal(Products, seen.Distinct().Count());
    }

    private Task<ProductView> PublishAsync(ProductDefinition product) => connector.Get<ProductService>().PublishAsync(product);

    private Task<HttpResponseMessage> ListAsync(string peer, string region = "44", JsonElement? filter = null, string? url = null, ConnectorUnderTest? from = null)
    {
        var message = new CatalogRequestMessage { Filter = filter is { } given ? [given] : [] };
        return SendAsync(peer, region, new HttpRequestMessage(HttpMethod.Post, url ?? (from ?? connector).Url + Base + DspRoutes.Catalog)
        {
            Content = new StringContent(Encoding.UTF8.GetString(DspJson.Write(message)), Encoding.UTF8, "application/json"),
        });
    }

    private Task<HttpResponseMessage> ItemAsync(string peer, string id, string region = "44", ConnectorUnderTest? from = null) =>
        SendAsync(peer, region, new HttpRequestMessage(HttpMethod.Get, (from ?? connector).Url + Base + DspRoutes.Dataset(id)));

    private async Task<HttpResponseMessage> SendAsync(string peer, string region, HttpRequestMessage request)
    {
        using var client = new HttpClient();
        using (request)
        {
            request.Headers.Authorization = new("Bearer", issuer.Token(peer, issuer.Membership(peer, region: region)));
            return await client.SendAsync(request);
        }
    }

    private static Task<byte[]> BodyAsync(HttpResponseMessage response) => response.Content.ReadAsByteArrayAsync();
}
