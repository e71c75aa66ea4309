using System.Text.Json;
using TrustedDataSpace.Cli.Commands.Products;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Commands;

public sealed class ProductFileTests : IDisposable
{
    private const string Yaml =
        """
        asset: { id: energy, sourceUrl: "http://127.0.0.1:9000/energy", sourceHeaders: { X-Api-Key: secret } }
        product: { id: energy, title: Hourly energy, keywords: [energy] }
        offer:
          permission:
            - action: use
              constraint:
                - { leftOperand: spatial, operator: eq, rightOperand: "44" }
                - { leftOperand: count, operator: lteq, rightOperand: 4 }
        """;

    private readonly TempFolder temp = new();

    public void Dispose() => temp.Dispose();

    [Fact]
    public void Quoted_scalars_are_text_and_numbers_are_numbers()
    {
        var publication = Read(Yaml);

        Assert.Equal(("energy", "secret"), (publication.Asset.Id, publication.Asset.SourceHeaders["X-Api-Key"]));
        Assert.Equal(("Hourly energy", "general"), (publication.Product.Title, publication.Product.Classification));
        var constraints = publication.Product.Policy.GetProperty("permission")[0].GetProperty("constraint");
        Assert.Equal(JsonValueKind.String, constraints[0].GetProperty("rightOperand").ValueKind);
        Assert.Equal(JsonValueKind.Number, constraints[1].GetProperty("rightOperand").ValueKind);
    }

    [Fact]
    public void Offer_may_stand_in_a_file_beside_it_and_all_may_be_json()
    {
        File.WriteAllText(temp["offer.json"], """{"permission":[{"action":"use"}]}""");

        var publication = Read("""{"asset":{"id":"a","sourceUrl":"http://127.0.0.1:9/"},"product":{"id":"a","title":"A"},"offer":"offer.json"}""");

        Assert.Equal("use", publication.Product.Policy.GetProperty("permission")[0].GetProperty("action").GetString());
    }

    [Fact]
    public void A_source_of_several_servers_and_its_rules_stand_in_the_file()
    {
        var asset = Read(
            """
            asset:
              id: energy
              sourceUrl: http://127.0.0.1:9000/energy
              source:
                destinations: [ http://127.0.0.1:9001/energy ]
                loadBalancing: roundRobin
                probe: { path: /health, intervalSeconds: 5 }
                failureRate: 0.5
                httpVersion: "2"
                retry: false
              rules:
                methods: [ GET, POST ]
                paths: [ "/curves/**" ]
                query: { day: [ 2026-* ], points: [ "96", "24" ], all: [] }
                largestRequest: 1000
            product: { id: energy, title: Hourly energy }
            offer: { permission: [ { action: use } ] }
            """).Asset;

        Assert.Equal(("http://127.0.0.1:9001/energy", "/health", 5, 0.5, "2", false), (asset.Source!.Destinations[0], asset.Source.Probe!.Path, asset.Source.Probe.IntervalSeconds, asset.Source.FailureRate, asset.Source.HttpVersion, asset.Source.Retry));
        Assert.Equal(("POST", "/curves/**", "2026-*", 1000), (asset.Rules!.Methods[1], asset.Rules.Paths[0], asset.Rules.Query!["day"][0], asset.Rules.LargestRequest));
        Assert.Equal(["96", "24"], asset.Rules.Query["points"]);
        Assert.Empty(asset.Rules.Query["all"]);
    }

    [Theory]
    [InlineData("product: { id: energy, titel: x }", "titel")]
    [InlineData("product: { id: energy, titel: x }", "did you mean 'title'?")]
    [InlineData("asset: { id: a }\nproduct:\n  id: a\n  titel: x", "product.yaml:4: 'product.titel'")]
    [InlineData("asset: { id: a, source: { probe: { pth: / } } }", "product.yaml:1: 'asset.source.probe.pth'")]
    [InlineData("asset: { id: a, sourceUrl: b }\nproduct: { id: a, title: [ b ] }\noffer: {}", "$.product.title")]
    [InlineData("asset: [", "product.yaml")]
    [InlineData("asset: { id: a, sourceUrl: b }\nproduct: { id: a, title: b }", "offer")]
    [InlineData("asset: { id: a, sourceUrl: b }\nproduct: { id: a, title: b }\noffer: missing.json", "missing.json")]
    [InlineData("", "empty")]
    public void Wrong_file_is_refused_with_what_is_wrong(string yaml, string word)
    {
        var refusal = Assert.Throws<CannotStartException>(() => Read(yaml));

        Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("TrustedDataSpace", refusal.Message, StringComparison.Ordinal);
    }

    private Publication Read(string text)
    {
        File.WriteAllText(temp["product.yaml"], text);
        return ProductFile.Read(temp["product.yaml"]);
    }
}
