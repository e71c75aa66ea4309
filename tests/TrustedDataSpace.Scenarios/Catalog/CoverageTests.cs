using System.Net.Http.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.Catalog;

/// <summary>Before and after signing, both sides read the same about each term.</summary>
public sealed class CoverageTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private const string Product = "covered";

    [Fact]
    public async Task Consumer_reads_before_signing_what_both_read_after_it()
    {
        var space = shared.Space;
        var contract = await space.ContractAsync(Product);

        var before = Assert.Single(await space.Consumer.PostAsync<List<CoverageReport>>(
            ManagementRoutes.CatalogCoverage, new CatalogCoverageQuery { Provider = TestSpace.Grid, DatasetId = Product }));
        var atConsumer = await space.Consumer.GetFromJsonAsync<CoverageReport>(ManagementRoutes.For(ManagementRoutes.AgreementCoverage, contract.Agreement));
        var atProvider = await space.Provider.GetFromJsonAsync<CoverageReport>(ManagementRoutes.For(ManagementRoutes.AgreementCoverage, contract.Agreement));

        Assert.NotEmpty(before.Terms);
        Assert.Equal(before.Terms, atConsumer!.Terms);
        Assert.Equal(atConsumer.Terms, atProvider!.Terms);
        Assert.Equal(("offer", "agreement"), (before.Kind, atConsumer.Kind));
    }
}
