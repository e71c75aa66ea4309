using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using TrustedDataSpace.Connector.Coverage;
using TrustedDataSpace.Connector.Tests.Assets;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Coverage;

public sealed class CoverageTests : IAsyncLifetime
{
    private const string Offer = """
        {"permission":[{"action":"use","constraint":[
          {"leftOperand":"count","operator":"lteq","rightOperand":"100/P1D@Asia/Shanghai"},
          {"leftOperand":"tds:warranty","operator":"eq","rightOperand":"none"}]}],
         "prohibition":[{"action":"distribute"}]}
        """;

    private readonly ConnectorUnderTest connector = new();
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        await connector.StartAsync();
        client = connector.Management();
        (await client.PostAsJsonAsync(ManagementRoutes.Assets, Definitions.Asset())).EnsureSuccessStatusCode();
        (await client.PostAsJsonAsync(ManagementRoutes.Products, Definitions.Product(Offer))).EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await connector.DisposeAsync();
    }

    [Fact]
    public async Task Product_and_its_offer_have_one_report()
    {
        var product = await GetAsync(ManagementRoutes.For(ManagementRoutes.ProductCoverage, "load_curve_96"));
        var offer = await GetAsync(ManagementRoutes.For(ManagementRoutes.OfferCoverage, "offer:load_curve_96:1"));

        Assert.Equal(("offer:load_curve_96:1", "offer", "load_curve_96"), (product.Policy, product.Kind, product.DatasetId));
        Assert.Equal(
            [
                ("permission[0].constraint[0]", "enforced", "provider's connector"),
                ("permission[0].constraint[1]", "legalOnly", "nobody"),
                ("prohibition[0]", "attested", "consumer"),
            ],
            product.Terms.Select(term => (term.Term, term.Word, term.Where)));
        Assert.All(product.Terms, term => Assert.NotEmpty(term.Note));
        Assert.Equal(product.Terms, offer.Terms);
        Assert.Empty(product.Refused);
    }

    [Fact]
    public async Task What_is_not_there_has_no_report()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(ManagementRoutes.For(ManagementRoutes.ProductCoverage, "other"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(ManagementRoutes.For(ManagementRoutes.AgreementCoverage, "urn:uuid:a"))).StatusCode);
    }

    [Fact]
    public void Offer_of_a_peer_that_is_not_understood_says_which_terms_are_in_the_way()
    {
        var offer = PolicyDocument.Parse("""{"@id":"o","@type":"Offer","permission":[{"action":"use","constraint":[{"leftOperand":"tds:carbonIntensity","operator":"lteq","rightOperand":"300"}]}]}""");

        var report = CoverageReader.Of(offer, "offer", "d");

        Assert.Empty(report.Terms);
        Assert.Equal("permission[0].constraint[0].leftOperand", Assert.Single(report.Refused).Term);
    }

    private async Task<CoverageReport> GetAsync(string route) => (await client.GetFromJsonAsync<CoverageReport>(route, JsonSerializerOptions.Web))!;
}
