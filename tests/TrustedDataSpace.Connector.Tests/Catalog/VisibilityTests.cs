using System.Net;
using TrustedDataSpace.Connector.Tests.Assets;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Catalog;

/// <summary>A product is visible or it is not, whichever way a peer asks (the fault of CVE-2024-9202: one way asked less than the other).</summary>
public sealed class VisibilityTests
{
    private static readonly string[] Regions = ["31", "44", "50"];
    private static readonly string[] Classifications = ["general", "personal", "important"];

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    public async Task Lists_searches_nested_catalogs_and_items_show_a_peer_the_same_random_products(ulong seed)
    {
        var dice = new Dice(seed);
        await using var peer = await CatalogClient.StartAsync();
        var products = Enumerable.Range(0, 40).Select(i => Product(i, dice)).ToList();
        await Task.WhenAll(products.Select(peer.PublishAsync));
        foreach (var region in Regions)
        {
            var (listed, nested) = await WalkAsync(peer, region);
            var searched = await peer.IdsAsync(filter: """{"@type":"tds:CatalogFilter","keyword":"random"}""", region: region);
            Assert.Equal(listed.Order(StringComparer.Ordinal), searched);
            foreach (var product in products)
            {
                using var item = await peer.ItemAsync(product.Id, region);
                Assert.True(listed.Contains(product.Id) == (item.StatusCode == HttpStatusCode.OK), $"{product.Id} in {region}: {item.StatusCode}");
            }

            Assert.Equal(
                products.Where(product => product.Catalog is not null && listed.Contains(product.Id)).Select(product => product.Catalog).Distinct().Order(StringComparer.Ordinal),
                nested);
            Assert.InRange(listed.Count, 1, products.Count - 1);
        }
    }

    // The root, and each nested catalog at the address that the root gives for it.
    private static async Task<(List<string> Listed, List<string?> Nested)> WalkAsync(CatalogClient peer, string region)
    {
        using var page = await peer.PageAsync(region: region);
        var root = await CatalogClient.CatalogOf(page);
        var listed = await peer.IdsAsync(region: region);
        foreach (var catalog in root.Catalogs)
        {
            listed.AddRange(await peer.IdsAsync(catalog.GetProperty("service")[0].GetProperty("endpointURL").GetString() + DspRoutes.Catalog, region: region));
        }

        return (listed, [.. root.Catalogs.Select(catalog => catalog.GetProperty("dct:title").GetString())]);
    }

    private static ProductDefinition Product(int number, Dice dice)
    {
        var policy = dice.Next(4) switch
        {
            0 => Definitions.InferenceOnly,
            1 => """{"permission":[{"action":"use"}],"prohibition":[{"action":"use","constraint":[{"leftOperand":"spatial","operator":"eq","rightOperand":"REGION"}]}]}"""
                .Replace("REGION", Regions[dice.Next(3)], StringComparison.Ordinal),
            _ => CatalogClient.For(Regions[dice.Next(3)]),
        };
        return Definitions.Product(policy, $"p{number:00}") with
        {
            Keywords = ["random"],
            Classification = Classifications[dice.Next(3)],
            Catalog = dice.Next(3) switch { 0 => "grid", 1 => "city", _ => null },
        };
    }
}
