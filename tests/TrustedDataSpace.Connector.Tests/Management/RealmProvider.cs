using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TrustedDataSpace.Connector.Tests.Management;

/// <summary>
/// A foreign OpenID provider in the manner of Keycloak: an issuer with a path, keys elsewhere, RS256, tokens of type JWT with many audiences
/// and roles. Shares no code with ours.
/// </summary>
internal sealed class RealmProvider : IAsyncDisposable
{
    private readonly WebApplication app;
    private RSA key = RSA.Create(2048);
    private string kid = "key-1";

    private RealmProvider(WebApplication app) => this.app = app;

    public string Issuer => app.Urls.First() + "/realms/grid";

    public static async Task<RealmProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var provider = new RealmProvider(builder.Build());
        provider.app.MapGet("/realms/grid/.well-known/openid-configuration", () => Results.Json(new
        {
            issuer = provider.Issuer,
            authorization_endpoint = provider.Issuer + "/protocol/openid-connect/auth",
            token_endpoint = provider.Issuer + "/protocol/openid-connect/token",
            jwks_uri = provider.Issuer + "/protocol/openid-connect/certs",
        }));
        provider.app.MapGet("/realms/grid/protocol/openid-connect/certs", () => Results.Json(new { keys = new[] { provider.Jwk() } }));
        await provider.app.StartAsync();
        return provider;
    }

    /// <summary>From now on another key signs, and only that one is published.</summary>
    public void ChangeKey()
    {
        key = RSA.Create(2048);
        kid = "key-2";
    }

    public string Token(string[] roles, string scope = "openid email profile", Action<JsonObject>? change = null)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["sub"] = "f:4711:anna",
            ["aud"] = new JsonArray("account", ConnectorUnderTest.ManagementAudience),
            ["azp"] = "portal",
            ["typ"] = "Bearer",
            ["iat"] = now,
            ["exp"] = now + 300,
            ["scope"] = scope,
            ["roles"] = new JsonArray([.. roles.Select(role => JsonValue.Create(role))]),
            ["realm_access"] = new JsonObject { ["roles"] = new JsonArray("operator") },
        };
        change?.Invoke(claims);
        var content = Encoded(new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT", ["kid"] = kid }) + "." + Encoded(claims);
        return content + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        key.Dispose();
    }

    private object Jwk()
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new { kty = "RSA", use = "sig", alg = "RS256", kid, n = Base64Url.EncodeToString(parameters.Modulus), e = Base64Url.EncodeToString(parameters.Exponent) };
    }

    private static string Encoded(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));
}
