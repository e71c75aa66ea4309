using System.Net;
using TrustedDataSpace.Connector.Tests.Assets;
using TrustedDataSpace.Protocol.Dsp;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Catalog;

/// <summary>What the filter of a catalog request finds, and which forms of it are refused.</summary>
public sealed class CatalogFilterTests(FilteredCatalog catalog) : IClassFixture<FilteredCatalog>
{
    [Theory]
    [InlineData("""{"@type":"tds:CatalogFilter","keyword":["Energy"]}""", "a b")]
    [InlineData("""{"@type":"tds:CatalogFilter","keyword":"负荷"}""", "b")]
    [InlineData("""{"@type":"tds:CatalogFilter","keyword":["energy","负荷"]}""", "b")]
    [InlineData("""{"@type":"tds:CatalogFilter","text":"LOAD curves"}""", "a b")]
    [InlineData("""{"@type":"tds:CatalogFilter","text":"荷"}""", "b")]
    [InlineData("""{"@type":"tds:CatalogFilter","text":"curve"}""", "")]
    [InlineData("""{"@type":"tds:CatalogFilter","classification":"personal"}""", "c")]
    [InlineData("""{"@type":"tds:CatalogFilter","datasetId":["c","a","hidden"]}""", "a c")]
    [InlineData("""{"@type":"tds:CatalogFilter","datasetId":["c","a"],"text":"load"}""", "a")]
    [InlineData("""{"@type":"tds:CatalogFilter"}""", "a b c")]
    public async Task Filter_finds_what_fulfils_all_of_it_wherever_it_is_nested(string filter, string found)
    {
        var peer = catalog.Peer;
        Assert.Equal(found, string.Join(' ', await peer.IdsAsync(filter: filter)));
        var grid = peer.Connector.Url + CatalogClient.Base + DspRoutes.NestedCatalogBase("grid") + DspRoutes.Catalog;
        Assert.Equal(found.Contains('b', StringComparison.Ordinal) ? "b" : "", string.Join(' ', await peer.IdsAsync(grid, filter)));
    }

    [Theory]
    [InlineData("""{"keyword":"x"}""")]
    [InlineData("\"x\"")]
    [InlineData("""{"@type":"tds:CatalogFilter","keywords":["x"]}""")]
    [InlineData("""{"@type":"tds:CatalogFilter","keyword":[""]}""")]
    [InlineData("""{"@type":"tds:CatalogFilter","keyword":[null]}""")]
    [InlineData("""{"@type":"tds:CatalogFilter","keyword":5}""")]
    [InlineData("""{"@type":"tds:CatalogFilter","text":"--"}""")]
    [InlineData("""{"@type":"tds:CatalogFilter","text":{"a":1}}""")]
    [InlineData("""{"@type":"tds:CatalogFilter","classification":""}""")]
    [InlineData("""{"@type":"tds:CatalogFilter","datasetId":[""]}""")]
    public async Task Another_filter_is_refused(string filter)
    {
        using var response = await catalog.Peer.PageAsync(filter: filter);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("CatalogError", DspJson.TypeOf(await CatalogClient.DocumentOf(response)));
    }
}

/// <summary>A catalog of a few products of different kinds.</summary>
public sealed class FilteredCatalog : IAsyncLifetime
{
    internal CatalogClient Peer { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Peer = await CatalogClient.StartAsync();
        await Peer.PublishAsync(Definitions.Product(id: "a") with { Keywords = ["energy"] });
        await Peer.PublishAsync(Definitions.Product(id: "b") with { Keywords = ["ENERGY", "负荷"], Catalog = "grid" });
        await Peer.PublishAsync(Definitions.Product(id: "c") with { Title = "Clips", Classification = "personal" });
        await Peer.PublishAsync(Definitions.Product(CatalogClient.For("31"), "hidden") with { Keywords = ["energy", "负荷"] });
    }

    public ValueTask DisposeAsync() => Peer.DisposeAsync();
}
