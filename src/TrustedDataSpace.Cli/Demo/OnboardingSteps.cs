using System.Net;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>From nothing to a space with members and products.</summary>
internal sealed class OnboardingSteps(DemoSpace space)
{
    public async Task<string> StartAsync(CancellationToken cancellation)
    {
        await space.StartAsync();
        return $"authority {space.Host.Access.Authority.Url}, grid company {space.Provider.Url}, virtual power plant {space.Consumer.Url}, source {space.Host.SourceUrl}";
    }

    public async Task<string> AdmitAsync(CancellationToken cancellation)
    {
        var grid = await Onboarding.AdmitAsync(space.Operator, space.ProviderManagement, space.Provider.Id, cancellation);
        var vpp = await Onboarding.AdmitAsync(space.Operator, space.ConsumerManagement, space.Consumer.Id, cancellation);
        Expect.Equal(grid.PolicyRevision, vpp.PolicyRevision, "one revision of the policies in force at both connectors");
        return $"both are active members and hold a credential of it, by which they prove themselves to each other (DCP); policies {grid.PolicyRevision} in force at both";
    }

    public async Task<string> PublishAsync(CancellationToken cancellation)
    {
        var grid = space.Definition.Participants.Single(participant => participant.ShortName == DemoSpace.Grid);
        var products = await Onboarding.PublishAsync(space.ProviderManagement, grid, space.Host.SourceUrl, space.Host.Access.SourceCredential, cancellation);
        Expect.Equal(grid.Products.Count, products.Count, "products published");
        var terms = products.SelectMany(product => product.Coverage).GroupBy(term => term.Word).OrderBy(group => group.Key, StringComparer.Ordinal);
        return $"{products.Count} products; terms: {string.Join(", ", terms.Select(group => $"{group.Count()} {group.Key}"))}";
    }

    public Task<string> RefuseUnknownTermAsync(CancellationToken cancellation) => Expect.RefusalAsync(
        HttpStatusCode.UnprocessableEntity,
        "carbonIntensity",
        () => space.ProviderManagement.PublishAsync(
            new ProductDefinition
            {
                Id = "green_load_curve",
                AssetId = "load_curve_96",
                Title = "Load curves under a term that nobody here can enforce",
                Policy = ProtocolJson.Parse(File.ReadAllBytes(Path.Combine(Samples.Folder("power-grid"), "offers", "unknown-term.json"))),
            },
            cancellation));

    public async Task<string> SearchAsync(CancellationToken cancellation)
    {
        var found = await Eventually.AskAsync(() => space.Operator.SearchAsync("负荷曲线", cancellation), HasCurves, cancellation);
        Expect.That(HasCurves(found), "load_curve_96 among the products found", $"{found.Items.Count} products");
        var catalog = await space.ConsumerManagement.CatalogAsync(space.Provider.Id, cancellation);
        var seen = string.Join(", ", catalog.Datasets.Select(dataset => dataset.Id).Order(StringComparer.Ordinal));
        Expect.Equal("load_curve_96, system_demand_48", seen, "what the catalog shows to a participant in region 44");
        return $"'负荷曲线' finds {found.Items.Count} in the space; the provider's own catalog shows {seen}, and not what is offered to Hainan only";
    }

    private static bool HasCurves(ProductPage found) => found.Items.Any(product => product.Id == "load_curve_96");
}
