using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Connector.Tests.Identity;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Management;

public sealed class ManagementIssuerTests : IAsyncLifetime
{
    private TokenIssuer issuer = null!;
    private ConnectorUnderTest connector = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await TokenIssuer.StartAsync();
        connector = new ConnectorUnderTest(managementIssuer: issuer.Url);
        await connector.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Theory]
    [InlineData("\"assets:read openid products:read\"")]
    [InlineData("[\"openid\",\"assets:read\"]")]
    public async Task An_access_token_of_the_issuer_opens_what_its_scopes_say(string scopes)
    {
        var token = issuer.Sign(Claims(scopes));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(token, ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(token, ManagementRoutes.Negotiations));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(issuer.Sign(Claims(scopes), TokenTypes.Jwt), ManagementRoutes.Assets));
    }

    [Fact]
    public async Task The_management_token_goes_on_opening_everything()
    {
        Assert.Equal(HttpStatusCode.OK, await GetAsync(ConnectorUnderTest.ManagementSecret, ManagementRoutes.Negotiations));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("a-wrong-token-0123456789", ManagementRoutes.Negotiations));
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"*\"")]
    [InlineData("\"assets\"")]
    [InlineData("\"assets:*\"")]
    [InlineData("\"ASSETS:READ\"")]
    [InlineData("{\"assets\":\"read\"}")]
    [InlineData("null")]
    public async Task A_token_without_the_scope_opens_nothing(string scopes) =>
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(issuer.Sign(Claims(scopes)), ManagementRoutes.Assets));

    [Fact]
    public async Task A_token_for_another_audience_or_of_another_issuer_is_refused()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(issuer.Sign(Claims(change: claims => claims["aud"] = "elsewhere")), ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(issuer.Sign(Claims(change: claims => claims.Remove("aud"))), ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(issuer.Sign(Claims(change: claims => claims["iss"] = "https://elsewhere.example")), ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(issuer.Sign(Claims(), key: issuer.Stranger), ManagementRoutes.Assets));
    }

    [Fact]
    public async Task A_token_that_has_ended_or_has_no_end_or_is_of_another_type_is_refused()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(issuer.Sign(Claims(change: claims => claims["exp"] = Now() - 60)), ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(issuer.Sign(Claims(change: claims => claims.Remove("exp"))), ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(issuer.Sign(Claims(change: claims => claims["nbf"] = Now() + 600)), ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(issuer.Sign(Claims(), TokenTypes.Credential), ManagementRoutes.Assets));
    }

    [Fact]
    public async Task A_named_token_made_with_an_access_token_ends_no_later_than_that()
    {
        var claims = Claims("\"tokens:write assets:read\"");
        using var client = connector.Management(issuer.Sign(claims));
        using var answer = await client.PostAsJsonAsync(TokenRoutes.Tokens, new TokenDefinition { Name = "longer", Scopes = ["assets:read"] }, ProtocolJson.Options);
        var made = ProtocolJson.Read<TokenSecret>(await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal((long)claims["exp"]!, made.Token.ExpiresAt!.Value.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task A_web_hook_is_made_and_replayed_by_one_alone_who_may_read_the_events()
    {
        async Task<HttpStatusCode> AddAsync(string scopes)
        {
            using var client = connector.Management(issuer.Sign(Claims(scopes)));
            using var answer = await client.PostAsJsonAsync(
                ManagementRoutes.Webhooks, new WebhookDefinition { Url = "http://127.0.0.1:1/hook", Kinds = [] }, ProtocolJson.Options);
            return answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.Forbidden, await AddAsync("\"webhooks:write\""));
        Assert.Equal(HttpStatusCode.Created, await AddAsync("\"webhooks:write events:read\""));
    }

    [Fact]
    public async Task A_token_that_is_not_signed_or_signed_by_a_shared_secret_is_refused()
    {
        var claims = Encode(Claims().ToJsonString());
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(Encode("""{"alg":"none","typ":"at+jwt"}""") + "." + claims + ".", ManagementRoutes.Assets));

        var content = Encode("""{"alg":"HS256","typ":"at+jwt"}""") + "." + claims;
        var mac = HMACSHA256.HashData("a-secret-that-is-known-to-all-0123456789"u8, Encoding.ASCII.GetBytes(content));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(content + "." + Base64Url.EncodeToString(mac), ManagementRoutes.Assets));
    }

    private JsonObject Claims(string scopes = "\"assets:read\"", Action<JsonObject>? change = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = issuer.Url,
            ["sub"] = "automation",
            ["aud"] = ConnectorUnderTest.ManagementAudience,
            ["iat"] = Now(),
            ["exp"] = Now() + 300,
            ["scope"] = JsonNode.Parse(scopes),
        };
        change?.Invoke(claims);
        return JsonNode.Parse(claims.ToJsonString(ProtocolJson.Options))!.AsObject();
    }

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private async Task<HttpStatusCode> GetAsync(string bearer, string route)
    {
        using var client = connector.Management(bearer);
        using var answer = await client.GetAsync(new Uri(route, UriKind.Relative));
        return answer.StatusCode;
    }
}
