using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Applications;

/// <summary>The management of applications over real HTTP.</summary>
public sealed class ApplicationEndpointTests : IAsyncLifetime
{
    private static readonly ApplicationGrant Grant = new() { Name = "Forecast", Agreements = ["a1"], Purposes = ["inference"], Person = "Lin Mei" };

    private readonly ConnectorUnderTest connector = new();

    public async ValueTask InitializeAsync() => await connector.StartAsync();

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public async Task Secret_is_shown_once_and_in_no_list()
    {
        using var client = connector.Management();
        await connector.AgreeAsync("a1");
        using var granted = await client.PostAsJsonAsync(ManagementRoutes.Applications, Grant);
        Assert.Equal(HttpStatusCode.Created, granted.StatusCode);
        Assert.True(granted.Headers.CacheControl!.NoStore);
        var secret = (await granted.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetString()!;
        var list = await client.GetStringAsync(ManagementRoutes.Applications);
        Assert.Contains("Forecast", list, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, list, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync(granted.Headers.Location)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.DeleteAsync(granted.Headers.Location)).StatusCode);
    }

    [Fact]
    public async Task Grant_of_an_agreement_that_is_not_there_is_refused_and_names_it()
    {
        await connector.AgreeAsync("a1");
        using var client = connector.Management();
        using var refused = await client.PostAsJsonAsync(ManagementRoutes.Applications, Grant with { Agreements = ["a1", "a2"] });
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.Contains("There is no agreement 'a2'", (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Forecast", await client.GetStringAsync(ManagementRoutes.Applications), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Incomplete_grant_is_refused_as_a_problem_document()
    {
        using var client = connector.Management();
        using var refused = await client.PostAsJsonAsync(ManagementRoutes.Applications, new { name = "x" });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData(ManagementRoutes.Applications)]
    [InlineData(ManagementRoutes.Assets)]
    [InlineData(ManagementRoutes.Products)]
    [InlineData(ManagementRoutes.Status)]
    [InlineData(ManagementRoutes.Evidence)]
    public async Task Without_the_management_token_nothing_is_told(string route)
    {
        using var client = new HttpClient { BaseAddress = new Uri(connector.Url) };
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(route)).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", "not-the-token-of-this-connector-0123456789");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(route)).StatusCode);
    }
}
