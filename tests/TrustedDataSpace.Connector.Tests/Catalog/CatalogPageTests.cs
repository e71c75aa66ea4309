using System.Globalization;
using System.IO.Compression;
using System.Net;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Catalog;
using TrustedDataSpace.Connector.Tests.Assets;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing.Dsp;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Catalog;

/// <summary>Pages, nested catalogs and conditional requests, over real HTTP and with the real rules.</summary>
public sealed class CatalogPageTests : IAsyncLifetime
{
    private CatalogClient peer = null!;

    public async ValueTask InitializeAsync() => peer = await CatalogClient.StartAsync();

    public ValueTask DisposeAsync() => peer.DisposeAsync();

    [Fact]
    public async Task Documents_follow_the_schemas_of_the_protocol()
    {
        await peer.PublishAsync(Definitions.Product());
        await peer.PublishAsync(Definitions.Product(id: "pushed") with { Formats = [DspConstants.HttpPush], Catalog = "grid", Keywords = ["负荷"] });
        var schemas = DspSchemas.OfTheSpecification();
        using var page = await peer.PageAsync();
        var root = await CatalogClient.DocumentOf(page);
        Assert.Null(schemas.Fault(root));
        var nested = root.GetProperty("catalog")[0];
        var address = nested.GetProperty("service")[0].GetProperty("endpointURL").GetString();
        Assert.Equal(nested.GetProperty("distribution")[0].GetProperty("accessService").GetString(), nested.GetProperty("service")[0].GetProperty("@id").GetString());
        using var inner = await peer.PageAsync(address + DspRoutes.Catalog);
        Assert.Null(schemas.Fault(await CatalogClient.DocumentOf(inner)));
        Assert.Equal(nested.GetProperty("@id").GetString(), (await CatalogClient.CatalogOf(inner)).Id);
        using var item = await peer.ItemAsync("pushed");
        var dataset = await CatalogClient.DocumentOf(item);
        Assert.Null(schemas.Fault(dataset));
        Assert.Equal([DspConstants.HttpPush], DspJson.Read<Dataset>(dataset).Distributions.Select(distribution => distribution.Format));
        using var empty = await peer.PageAsync(filter: """{"@type":"tds:CatalogFilter","datasetId":"none"}""");
        Assert.Null(schemas.Fault(await CatalogClient.DocumentOf(empty)));
    }

    [Fact]
    public async Task Nested_catalog_is_listed_only_to_those_who_may_see_something_in_it()
    {
        await peer.PublishAsync(Definitions.Product(id: "open"));
        await peer.PublishAsync(Definitions.Product(CatalogClient.For("31"), "a") with { Catalog = "project-x" });
        await peer.PublishAsync(Definitions.Product(CatalogClient.For("44"), "b") with { Catalog = "grid" });
        using var page = await peer.PageAsync();
        var root = await CatalogClient.CatalogOf(page);
        Assert.Equal(["open"], root.Datasets.Select(dataset => dataset.Id));
        Assert.Equal(["grid"], root.Catalogs.Select(catalog => catalog.GetProperty("dct:title").GetString()));
        Assert.DoesNotContain("project-x", (await CatalogClient.DocumentOf(page)).GetRawText(), StringComparison.Ordinal);

        // One that nobody has, and one that the peer may not look into, look alike.
        Assert.Empty(await peer.IdsAsync(Nested("project-x")));
        Assert.Empty(await peer.IdsAsync(Nested("none")));
        Assert.Equal(["b"], await peer.IdsAsync(Nested("grid")));
    }

    [Fact]
    public async Task Cursor_is_good_for_its_catalog_and_filter_only()
    {
        await PublishManyAsync(CatalogService.PageSize + 1);
        const string Filter = """{"@type":"tds:CatalogFilter","text":"curves"}""";
        using var first = await peer.PageAsync(filter: Filter);
        var next = CatalogClient.Link(first, "next")!;
        Assert.Equal(HttpStatusCode.OK, (await peer.PageAsync(next, Filter)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await peer.PageAsync(next, """{"text":"curves","@type":"tds:CatalogFilter"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await peer.PageAsync(next)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await peer.PageAsync(next, """{"@type":"tds:CatalogFilter","text":"load"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await peer.PageAsync(Nested("grid") + next[next.IndexOf('?', StringComparison.Ordinal)..], Filter)).StatusCode);
    }

    [Fact]
    public async Task Made_up_cursors_are_answered_with_a_catalog_error_or_a_page_but_never_break_anything()
    {
        await PublishManyAsync(CatalogService.PageSize + 1);
        using var first = await peer.PageAsync();
        var cursor = CatalogClient.Link(first, "next")!.Split("cursor=")[1];
        var dice = new Dice(7);
        foreach (var made in new[] { "", "*", "AAAA", new string('A', 5000), "%00", "%ED%A0%80" }.Concat(Enumerable.Range(0, 60).Select(_ => Changed(cursor, dice))))
        {
            using var response = await peer.PageAsync($"{peer.Root}?cursor={made}");
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{made}: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task Previous_pages_lead_back_over_every_dataset_once()
    {
        await PublishManyAsync((2 * CatalogService.PageSize) + 30);
        var all = await peer.IdsAsync();
        var last = peer.Root;
        while (true)
        {
            using var page = await peer.PageAsync(last);
            if (CatalogClient.Link(page, "next") is not { } next)
            {
                break;
            }

            last = next;
        }

        var back = new List<string>();
        for (var at = last; at is not null;)
        {
            using var page = await peer.PageAsync(at);
            back.InsertRange(0, (await CatalogClient.CatalogOf(page)).Datasets.Select(dataset => dataset.Id));
            at = CatalogClient.Link(page, "previous");
        }

        Assert.Equal((2 * CatalogService.PageSize) + 30, all.Distinct().Count());
        Assert.Equal(all, back);
    }

    [Fact]
    public async Task Peer_that_may_see_few_of_many_gets_short_pages_with_more_behind_them()
    {
        await PublishManyAsync(CatalogService.MostLookedAt + 20, CatalogClient.For("31"));
        await peer.PublishAsync(Definitions.Product(id: "zzz"));
        using var first = await peer.PageAsync();
        Assert.Empty((await CatalogClient.CatalogOf(first)).Datasets);
        Assert.NotNull(CatalogClient.Link(first, "next"));
        Assert.Equal(["zzz"], await peer.IdsAsync());
    }

    [Fact]
    public async Task Page_is_compressed_for_those_who_take_it_so()
    {
        await PublishManyAsync(10);
        using var plain = await peer.PageAsync();
        using var refused = await peer.PageAsync(headers: "Accept-Encoding: gzip;q=0");
        using var zipped = await peer.PageAsync(headers: "Accept-Encoding: br, gzip;q=0.5");
        Assert.Empty(plain.Content.Headers.ContentEncoding);
        Assert.Empty(refused.Content.Headers.ContentEncoding);
        Assert.Equal(["gzip"], zipped.Content.Headers.ContentEncoding);
        await using var unzipped = new GZipStream(await zipped.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        await unzipped.CopyToAsync(bytes);
        Assert.Equal(await plain.Content.ReadAsByteArrayAsync(), bytes.ToArray());
        Assert.NotEqual(plain.Headers.ETag, zipped.Headers.ETag);
    }

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again_but_only_to_those_who_may_see_it()
    {
        await peer.PublishAsync(Definitions.Product(CatalogClient.For("44")));
        using var page = await peer.PageAsync();
        using var item = await peer.ItemAsync("load_curve_96");
        var (pageTag, itemTag) = ($"If-None-Match: {page.Headers.ETag}", $"If-None-Match: \"other\", {item.Headers.ETag}");
        Assert.Equal(HttpStatusCode.NotModified, (await peer.PageAsync(headers: pageTag)).StatusCode);
        Assert.Equal(HttpStatusCode.NotModified, (await peer.ItemAsync("load_curve_96", headers: itemTag)).StatusCode);

        // The tag in the hands of somebody else opens nothing.
        Assert.Equal(HttpStatusCode.OK, (await peer.PageAsync(region: "31", headers: pageTag)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await peer.ItemAsync("load_curve_96", region: "31", headers: itemTag)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await peer.ItemAsync("load_curve_96", region: "31", headers: "If-None-Match: *")).StatusCode);

        await peer.PublishAsync(Definitions.Product(CatalogClient.For("44")) with { Title = "New" });
        Assert.Equal(HttpStatusCode.OK, (await peer.PageAsync(headers: pageTag)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await peer.ItemAsync("load_curve_96", headers: itemTag)).StatusCode);
    }

    [Fact]
    public async Task Withdrawn_product_is_in_no_catalog()
    {
        await peer.PublishAsync(Definitions.Product());
        await peer.Connector.Get<ProductService>().WithdrawAsync("load_curve_96");
        Assert.Empty(await peer.IdsAsync());
        Assert.Empty(await peer.IdsAsync(filter: """{"@type":"tds:CatalogFilter","text":"curves"}"""));
        Assert.Equal(HttpStatusCode.NotFound, (await peer.ItemAsync("load_curve_96")).StatusCode);
    }

    private string Nested(string name) => peer.Connector.Url + CatalogClient.Base + DspRoutes.NestedCatalogBase(name) + DspRoutes.Catalog;

    private Task<ProductView[]> PublishManyAsync(int count, string policy = Definitions.InferenceOnly) => Task.WhenAll(
        Enumerable.Range(0, count).Select(i => peer.PublishAsync(Definitions.Product(policy, "p" + i.ToString("0000", CultureInfo.InvariantCulture)))));

    private static string Changed(string cursor, Dice dice)
    {
        var characters = cursor.ToCharArray();
        characters[dice.Next(characters.Length)] = "ABCxyz019-_"[dice.Next(11)];
        return new string(characters)[..(1 + dice.Next(characters.Length))];
    }
}
