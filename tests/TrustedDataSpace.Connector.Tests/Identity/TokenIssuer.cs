using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using TrustedDataSpace.Hosting.Bundles;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Tests.Identity;

/// <summary>An OpenID provider as a space might use: discovery and keys over HTTP, and tokens with any claims a test wants.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly SemaphoreSlim asked = new(0);
    private readonly SemaphoreSlim held = new(0);
    private TaskCompletionSource published = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SigningKey tokens = SigningKey.Generate();
    private readonly SigningKey stranger = SigningKey.Generate();
    private SigningKey credentials = SigningKey.Generate();

    private TokenIssuer(WebApplication app) => this.app = app;

    public string Url => app.Urls.First();

    /// <summary>The policy bundle that is published, or null.</summary>
    public byte[]? Bundle
    {
        get;
        set
        {
            field = value;
            Interlocked.Exchange(ref published, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    /// <summary>Whether a question of whoever has the bundle is held until there is another one, as the authority does.</summary>
    public bool HoldsQuestions { get; set; }

    /// <summary>A key that the issuer does not publish.</summary>
    public SigningKey Stranger => stranger;

    public static async Task<TokenIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var issuer = new TokenIssuer(app);
        app.MapGet(AuthorityRoutes.OpenIdConfiguration, () => Results.Json(new { issuer = issuer.Url, jwks_uri = issuer.Url + AuthorityRoutes.Jwks }));
        app.MapGet(AuthorityRoutes.Jwks, () => Results.Bytes(ProtocolJson.Write(new JwkSet([issuer.tokens.Public.Jwk, issuer.credentials.Public.Jwk])), "application/json"));
        app.MapGet(AuthorityRoutes.SpaceBundle, (Delegate)issuer.ServeBundle);
        await app.StartAsync();
        return issuer;
    }

    /// <summary>From now on another key signs credentials.</summary>
    public void ChangeCredentialKey() => credentials = SigningKey.Generate();

    /// <summary>Ends when the connector, which asks one time after the other, has dealt with an answer given after this call.</summary>
    public async Task BundleAskedForAgainAsync()
    {
        while (asked.Wait(0))
        {
            // Earlier questions do not count.
        }

        await asked.WaitAsync();
        await asked.WaitAsync();
    }

    /// <summary>A signed bundle as the authority publishes it.</summary>
    public byte[] Signed(PolicyBundle bundle, string space = ConnectorUnderTest.Space, SigningKey? key = null, DateTimeOffset? issuedAt = null)
    {
        using var archive = new MemoryStream();
        BundleSignature.Sign(bundle, key ?? credentials, space, issuedAt ?? TimeProvider.System.GetUtcNow()).WriteArchive(archive);
        return archive.ToArray();
    }

    public string Token(string subject, string? membership, string audience = ConnectorUnderTest.Did, string type = TokenTypes.AccessToken, TimeSpan later = default)
    {
        var now = TimeProvider.System.GetUtcNow() + later;
        var claims = new JsonObject
        {
            ["iss"] = Url,
            ["sub"] = subject,
            ["aud"] = audience,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
        };
        if (membership is not null)
        {
            claims["membership"] = membership;
        }

        return Jwt.Sign(claims, tokens, type);
    }

    /// <summary>A token with any claims.</summary>
    public string Sign(JsonObject claims, string type = TokenTypes.AccessToken, SigningKey? key = null) => Jwt.Sign(claims, key ?? tokens, type);

    /// <summary>A membership credential as the authority issues it.</summary>
    public string Membership(
        string subject,
        string space = ConnectorUnderTest.Space,
        string region = "44",
        string issuer = ConnectorUnderTest.AuthorityDid,
        TimeSpan age = default,
        SigningKey? key = null)
    {
        var from = TimeProvider.System.GetUtcNow() - age;
        return new MembershipCredential
        {
            Issuer = Did.Parse(issuer),
            Subject = Did.Parse(subject),
            Name = "A member",
            Space = space,
            Region = region,
            Roles = ["virtual-power-plant"],
            ValidFrom = from,
            ValidUntil = from.AddDays(1),
            CredentialId = "urn:uuid:" + Guid.NewGuid(),
        }.ToJwt(key ?? credentials);
    }

    /// <summary>Ends when a question is held.</summary>
    public Task HeldAsync() => held.WaitAsync();

    private async Task<IResult> ServeBundle(HttpContext context)
    {
        asked.Release();
        var news = Volatile.Read(ref published).Task;
        if (HoldsQuestions && Bundle is { } known && context.Request.Headers.IfNoneMatch == $"\"{Convert.ToHexStringLower(SHA256.HashData(known))}\"" && context.Request.Headers.ContainsKey("Prefer"))
        {
            held.Release();
            await Task.WhenAny(news, Task.Delay(Timeout.Infinite, context.RequestAborted));
        }

        return Bundle is { } bundle
            ? Results.Bytes(bundle, "application/gzip", entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bundle))}\""))
            : Results.NotFound();
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        tokens.Dispose();
        credentials.Dispose();
        stranger.Dispose();
    }
}
