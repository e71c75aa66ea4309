using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Management;

/// <summary>A connector whose people come from an OpenID provider that knows nothing of data spaces.</summary>
public sealed class ForeignProviderTests(ForeignProviderTests.Realm realm) : IClassFixture<ForeignProviderTests.Realm>
{
    private readonly RealmProvider provider = realm.Provider;
    private readonly ConnectorUnderTest connector = realm.Connector;

    [Theory]
    [InlineData("operator", HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Accepted)]
    [InlineData("auditor", HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData("provider", HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData("consumer", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData("emperor", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData("*:read", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData("assets:read", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    public async Task Its_roles_open_what_they_say_here(string role, HttpStatusCode assets, HttpStatusCode keys, HttpStatusCode rotation)
    {
        var token = provider.Token([role]);
        Assert.Equal((assets, keys, rotation), (await SendAsync(connector, token, HttpMethod.Get, ManagementRoutes.Assets), await SendAsync(connector, token, HttpMethod.Get, KeyRoutes.Keys), await SendAsync(connector, token, HttpMethod.Post, KeyRoutes.Rotation)));
    }

    [Fact]
    public async Task Several_roles_add_up_and_none_opens_nothing()
    {
        var both = provider.Token(["consumer", "provider", "of-something-else"]);
        Assert.Equal(HttpStatusCode.OK, await SendAsync(connector, both, HttpMethod.Get, ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(connector, both, HttpMethod.Get, ManagementRoutes.Applications));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(connector, provider.Token([]), HttpMethod.Get, ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(connector, provider.Token([], change: claims => claims.Remove("roles")), HttpMethod.Get, ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(connector, provider.Token([], change: claims => claims["roles"] = new JsonObject { ["operator"] = true }), HttpMethod.Get, ManagementRoutes.Assets));
    }

    [Fact]
    public async Task Scopes_of_the_interface_narrow_a_role_and_never_widen_it()
    {
        var narrow = provider.Token(["operator"], "openid assets:read");
        Assert.Equal(HttpStatusCode.OK, await SendAsync(connector, narrow, HttpMethod.Get, ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(connector, narrow, HttpMethod.Get, KeyRoutes.Keys));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(connector, provider.Token(["consumer"], "keys:read keys:write"), HttpMethod.Get, KeyRoutes.Keys));
    }

    [Fact]
    public async Task Without_the_setting_its_roles_mean_nothing()
    {
        await using var plain = ConnectorOf(provider.Issuer, rolesClaim: null);
        await plain.StartAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(plain, provider.Token(["operator"]), HttpMethod.Get, ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(plain, provider.Token(["emperor"], "assets:read"), HttpMethod.Get, ManagementRoutes.Assets));
    }

    [Theory]
    [InlineData("aud", "\"account\"")]
    [InlineData("aud", "[]")]
    [InlineData("iss", "\"https://elsewhere.example/realms/grid\"")]
    [InlineData("iss", "null")]
    [InlineData("exp", "1")]
    [InlineData("exp", "null")]
    [InlineData("nbf", "99999999999")]
    [InlineData("cnf", "{\"jkt\":\"x\"}")]
    [InlineData("cnf", "{\"x5t#S256\":\"x\"}")]
    [InlineData("cnf", "\"x\"")]
    public async Task A_wrong_claim_is_refused(string claim, string value) => Assert.Equal(
        HttpStatusCode.Unauthorized,
        await SendAsync(connector, provider.Token(["operator"], change: claims => claims[claim] = JsonNode.Parse(value)), HttpMethod.Get, ManagementRoutes.Assets));

    [Fact]
    public async Task A_token_that_it_binds_to_a_key_opens_with_a_proof_once()
    {
        using var key = SigningKey.Generate();
        var token = provider.Token(["operator"], change: claims => claims["cnf"] = new JsonObject { ["jkt"] = key.Public.Thumbprint });
        var proof = Proof(key, token);

        Assert.Equal(HttpStatusCode.OK, await SendBoundAsync(token, proof));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendBoundAsync(token, proof));
        using var other = SigningKey.Generate();
        Assert.Equal(HttpStatusCode.Unauthorized, await SendBoundAsync(token, Proof(other, token)));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(connector, token, HttpMethod.Get, ManagementRoutes.Assets));
    }

    [Fact]
    public async Task A_new_key_of_the_provider_is_learned_and_the_old_one_does_not_stay()
    {
        await using var changing = new Realm();
        await changing.InitializeAsync();
        var old = changing.Provider.Token(["operator"]);
        Assert.Equal(HttpStatusCode.OK, await SendAsync(changing.Connector, old, HttpMethod.Get, ManagementRoutes.Assets));

        changing.Provider.ChangeKey();

        // Keys are asked for again at most once a second.
        using var limit = new CancellationTokenSource(Deadline.Limit);
        while (await SendAsync(changing.Connector, changing.Provider.Token(["operator"]), HttpMethod.Get, ManagementRoutes.Assets) != HttpStatusCode.OK)
        {
            limit.Token.ThrowIfCancellationRequested();
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(changing.Connector, old, HttpMethod.Get, ManagementRoutes.Assets));
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_lets_nobody_in_and_keeps_the_management_token_working()
    {
        await using var alone = ConnectorOf("http://127.0.0.1:1/realms/grid", "roles");
        await alone.StartAsync();
        var token = provider.Token(["operator"], change: claims => claims["iss"] = "http://127.0.0.1:1/realms/grid");
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(alone, token, HttpMethod.Get, ManagementRoutes.Assets));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(alone, ConnectorUnderTest.ManagementSecret, HttpMethod.Get, ManagementRoutes.Assets));
    }

    private string Proof(SigningKey key, string token)
    {
        var jwk = key.Public.Jwk;
        var header = new JsonObject { ["typ"] = TokenTypes.Dpop, ["alg"] = "ES256", ["jwk"] = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = jwk.X, ["y"] = jwk.Y } };
        var claims = new JsonObject
        {
            ["jti"] = Guid.NewGuid().ToString(),
            ["htm"] = "GET",
            ["htu"] = connector.Url + ManagementRoutes.Assets,
            ["iat"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            ["ath"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(token))),
        };
        var content = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString())) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()));
        return content + "." + Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(content)));
    }

    private async Task<HttpStatusCode> SendBoundAsync(string token, string proof)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, connector.Url + ManagementRoutes.Assets);
        request.Headers.Authorization = new("DPoP", token);
        request.Headers.Add("DPoP", proof);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    private static ConnectorUnderTest ConnectorOf(string issuer, string? rolesClaim) => new(
        managementIssuer: issuer, with: settings => settings with { Management = settings.Management with { RolesClaim = rolesClaim } });

    private static async Task<HttpStatusCode> SendAsync(ConnectorUnderTest connector, string bearer, HttpMethod method, string route)
    {
        using var client = connector.Management(bearer);
        using var request = new HttpRequestMessage(method, route);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>A provider, and a connector whose people come from it.</summary>
    public sealed class Realm : IAsyncLifetime
    {
        internal RealmProvider Provider { get; private set; } = null!;

        internal ConnectorUnderTest Connector { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Provider = await RealmProvider.StartAsync();
            Connector = ConnectorOf(Provider.Issuer, "roles");
            await Connector.StartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Connector.DisposeAsync();
            await Provider.DisposeAsync();
        }
    }
}
