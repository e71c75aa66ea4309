using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.Catalog;

/// <summary>A withdrawn product is nowhere on offer, and what was agreed about it goes on.</summary>
public sealed class WithdrawalTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private const string Product = "withdrawn";

    [Fact]
    public async Task Withdrawn_product_is_in_no_catalog_and_its_agreement_goes_on()
    {
        var space = shared.Space;
        var contract = await space.ContractAsync(Product);
        await DeliveredAsync(space);
        Assert.Equal((true, true), (await IsInSpaceAsync(space), await IsAtProviderAsync(space)));

        using var gone = await space.Provider.DeleteAsync(ManagementRoutes.For(ManagementRoutes.ProductById, Product));
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        await DeliveredAsync(space);

        Assert.Equal((false, false), (await IsInSpaceAsync(space), await IsAtProviderAsync(space)));
        using var again = await space.Consumer.PostAsJsonAsync(
            ManagementRoutes.Negotiations, new NegotiationStart { Provider = TestSpace.Grid, DatasetId = Product, OfferId = $"offer:{Product}:1" });
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await contract.UseAsync()).StatusCode);
        using var asset = await space.Provider.DeleteAsync(ManagementRoutes.For(ManagementRoutes.AssetById, Product));
        Assert.Equal(HttpStatusCode.Conflict, asset.StatusCode);
    }

    private static async Task<bool> IsInSpaceAsync(TestSpace space) =>
        (await space.Consumer.WaitAsync<ProductPage>($"{ManagementRoutes.CatalogProducts}?q={Product}")).Items.Any(product => product.Id == Product);

    private static async Task<bool> IsAtProviderAsync(TestSpace space) =>
        (await space.Consumer.PostAsync<JsonElement>(ManagementRoutes.CatalogQueries, new CatalogQuery { Provider = TestSpace.Grid }))
        .GetRawText().Contains($"offer:{Product}:1", StringComparison.Ordinal);

    // The authority has been told all that it was promised.
    private static async Task DeliveredAsync(TestSpace space)
    {
        var database = space.Behind(space.Provider).Services.GetRequiredService<Database>();
        Assert.True(await database.WaitUntilAsync(
            () => database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM outbox WHERE topic = 'product.registration'")) == 0, TimeSpan.FromSeconds(60), default));
    }
}
