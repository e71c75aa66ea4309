using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Management;

public sealed class NamedTokenTests : IAsyncLifetime
{
    private readonly ManualClock clock = new();
    private readonly ConnectorUnderTest connector;

    public NamedTokenTests() => connector = new ConnectorUnderTest(clock: clock);

    public async ValueTask InitializeAsync() => await connector.StartAsync();

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public void Every_endpoint_of_the_management_interface_has_an_area_and_no_other_has_one()
    {
        foreach (var endpoint in connector.Get<EndpointDataSource>().Endpoints)
        {
            var isManagement = endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy == ServiceHost.ManagementPolicy;
            Assert.True(isManagement == (endpoint.Metadata.GetMetadata<ManagementArea>() is not null), endpoint.DisplayName);
        }
    }

    [Fact]
    public async Task A_token_opens_what_its_scopes_say_and_nothing_else()
    {
        using var reader = connector.Management((await CreateAsync("reader", "assets:read", "catalog:read")).Secret);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(reader, HttpMethod.Get, ManagementRoutes.Assets));

        // A search by POST only reads. There is nobody to ask, which is another answer than no.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(reader, HttpMethod.Post, ManagementRoutes.CatalogQueries, new CatalogQuery { Provider = "did:web:vpp.example" }));

        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(reader, HttpMethod.Get, ManagementRoutes.Products));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(reader, HttpMethod.Get, TokenRoutes.Tokens));
        var definition = new AssetDefinition { Id = "a", SourceUrl = "http://127.0.0.1/" };
        using var refused = await reader.PostAsJsonAsync(ManagementRoutes.Assets, definition, ProtocolJson.Options);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((HttpStatusCode.Forbidden, "scope"), (refused.StatusCode, problem.GetProperty("term").GetString()));
        Assert.Contains("assets:write", problem.GetProperty("remedy").GetString(), StringComparison.Ordinal);

        using var writer = connector.Management((await CreateAsync("writer", "assets:write")).Secret);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(writer, HttpMethod.Post, ManagementRoutes.Assets, definition));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(writer, HttpMethod.Get, ManagementRoutes.Assets));
    }

    [Fact]
    public async Task Nobody_gives_a_scope_that_he_lacks_nor_a_longer_life()
    {
        var end = clock.GetUtcNow().AddHours(1);
        using var maker = connector.Management((await CreateAsync("maker", end, "tokens:write", "assets:read")).Secret);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(maker, HttpMethod.Post, TokenRoutes.Tokens, Definition("more", null, "assets:write")));

        using var answer = await maker.PostAsJsonAsync(TokenRoutes.Tokens, Definition("less", end.AddDays(1), "assets:read"), ProtocolJson.Options);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.Equal(end, (await answer.Content.ReadFromJsonAsync<TokenSecret>(ProtocolJson.Options))!.Token.ExpiresAt);
    }

    [Fact]
    public async Task A_token_ends_with_its_time_and_with_its_name()
    {
        var (ending, deleted) = (await CreateAsync("ending", clock.GetUtcNow().AddHours(1), "assets:read"), await CreateAsync("deleted", "assets:read"));
        using var one = connector.Management(ending.Secret);
        using var other = connector.Management(deleted.Secret);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(one, HttpMethod.Get, ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other, HttpMethod.Get, ManagementRoutes.Assets));

        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(one, HttpMethod.Get, ManagementRoutes.Assets));

        using var owner = connector.Management();
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(owner, HttpMethod.Delete, TokenRoutes.Tokens + "/deleted"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(other, HttpMethod.Get, ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(owner, HttpMethod.Delete, TokenRoutes.Tokens + "/deleted"));

        // The name can be given again, and that opens nothing for the old secret.
        await CreateAsync("deleted", "assets:read");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(other, HttpMethod.Get, ManagementRoutes.Assets));
    }

    [Fact]
    public async Task Tokens_come_in_pages_without_their_secrets_and_only_hashes_are_kept()
    {
        var made = await CreateAsync("a", "assets:read");
        await CreateAsync("b", "assets:read");
        using var owner = connector.Management();
        var text = await owner.GetStringAsync(new Uri(TokenRoutes.Tokens + "?limit=1", UriKind.Relative));
        Assert.DoesNotContain(made.Secret, text, StringComparison.Ordinal);
        var page = JsonSerializer.Deserialize<Page<TokenView>>(text, ProtocolJson.Options)!;
        Assert.Equal("a", Assert.Single(page.Items).Name);
        var rest = await owner.GetFromJsonAsync<Page<TokenView>>($"{TokenRoutes.Tokens}?limit=1&cursor={page.Next}", ProtocolJson.Options);
        Assert.Equal(("b", null), (Assert.Single(rest!.Items).Name, rest.Next));
        Assert.Equal(
            [SecretHashes.Hash(made.Secret)],
            connector.Database.Read(connection => connection.Query<string>("SELECT hash FROM management_tokens WHERE name = 'a'").AsList()));
    }

    [Fact]
    public async Task The_list_of_scopes_is_that_of_the_areas()
    {
        using var owner = connector.Management();
        var list = await owner.GetFromJsonAsync<ScopeList>(TokenRoutes.Scopes, ProtocolJson.Options);
        var areas = connector.Get<EndpointDataSource>().Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<ManagementArea>()?.Name).OfType<string>().Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(areas.SelectMany(area => new[] { area + ":read", area + ":write" }), list!.Scopes);
    }

    private Task<TokenSecret> CreateAsync(string name, params string[] scopes) => CreateAsync(name, null, scopes);

    private async Task<TokenSecret> CreateAsync(string name, DateTimeOffset? end, params string[] scopes)
    {
        using var owner = connector.Management();
        using var answer = await owner.PostAsJsonAsync(TokenRoutes.Tokens, Definition(name, end, scopes), ProtocolJson.Options);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<TokenSecret>(ProtocolJson.Options))!;
    }

    private static TokenDefinition Definition(string name, DateTimeOffset? end, params string[] scopes) => new() { Name = name, Scopes = scopes, ExpiresAt = end };

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, HttpMethod method, string route, object? body = null)
    {
        using var request = new HttpRequestMessage(method, route) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: ProtocolJson.Options) };
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}
