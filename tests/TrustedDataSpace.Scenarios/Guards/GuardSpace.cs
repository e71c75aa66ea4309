using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Scenarios.Guards;

/// <summary>An endpoint as its router knows it.</summary>
/// <param name="Service">Whose it is: authority or connector.</param>
/// <param name="Method">HTTP method; <c>*</c>: any.</param>
/// <param name="Route">Its template.</param>
/// <param name="Policy">The authorisation policy; null: it has none.</param>
internal sealed record GuardedEndpoint(string Service, string Method, string Route, string? Policy)
{
    public string Name => $"{Service} {Method} {Route}";
}

/// <summary>A space whose connectors take the tokens of its authority for their management interfaces, and somebody who has the authority's key.</summary>
public sealed class GuardSpace : IAsyncLifetime
{
    public const string Authority = "authority";
    public const string Connector = "connector";

    private readonly SigningKey stranger = SigningKey.Generate();
    private readonly Dictionary<(string Service, bool Management), string> good = [];

    public TestSpace Space { get; private set; } = null!;

    internal IReadOnlyList<GuardedEndpoint> Endpoints { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Space = await TestSpace.StartAsync(adjust: (_, settings) => settings with
        {
            Management = settings.Management with
            {
                Issuer = settings.Authority.Url,
                Audience = OAuthRoutes.ManagementAudience(settings.Participant.Id),
                RolesClaim = "roles",
            },
        });
        Endpoints = [.. EndpointsOf(Authority, Space.Operator), .. EndpointsOf(Connector, Space.Provider)];
        good[(Authority, true)] = await MachineAsync("guard-authority", null);
        good[(Connector, true)] = await MachineAsync("guard-connector", TestSpace.Grid);
        var tokens = Space.Behind(Space.Consumer).Services.GetRequiredService<AccessTokens>();
        good[(Authority, false)] = await tokens.ForAsync("did:web:authority.example", default);
        good[(Connector, false)] = await tokens.ForAsync(TestSpace.Grid, default);
    }

    public async ValueTask DisposeAsync()
    {
        stranger.Dispose();
        await Space.DisposeAsync();
    }

    /// <summary>A token that opens that service: its management interface, or what is for members.</summary>
    internal string Good(string service, bool management) => good[(service, management)];

    /// <summary>Everything that is like a good token and is none, and that which is like nothing. Null: no header at all.</summary>
    internal IEnumerable<(string What, string? Header)> Bad(string service)
    {
        yield return ("nothing", null);
        foreach (var (what, header) in new[]
        {
            ("an empty header", ""), ("a scheme alone", "Bearer"), ("an empty token", "Bearer "), ("garbage", "Bearer garbage"), ("three empty parts", "Bearer .."),
            ("three bad parts", "Bearer a.b.c"), ("another scheme", "Basic YTpi"), ("DPoP without a proof", "DPoP garbage"), ("spaces", "Bearer a b"), ("long text", "Bearer " + new string('x', 20_000)),
            ("a long token", "Bearer " + new string('x', 8_000) + "." + new string('x', 4_000) + "." + new string('x', 86)),
        })
        {
            yield return (what, header);
        }

        foreach (var management in new[] { true, false })
        {
            var kind = management ? "management" : "member";
            var other = service == Authority ? Connector : Authority;
            yield return ($"a {kind} token of the other service", "Bearer " + Good(other, management));
            yield return ($"a {kind} token with the scheme DPoP", "DPoP " + Good(service, management));
            foreach (var (what, token) in Forged(Good(service, management)))
            {
                yield return ($"a {kind} token: {what}", "Bearer " + token);
            }
        }
    }

    /// <summary>Sends one request with that header.</summary>
    internal async Task<int> SendAsync(HttpClient http, GuardedEndpoint endpoint, string? authorization)
    {
        var service = endpoint.Service == Authority ? Space.Operator : Space.Provider;
        var path = BadInput.KnownEndpoint.Fill(endpoint.Route);
        var method = endpoint.Method == "*" ? "POST" : endpoint.Method;
        using var request = new HttpRequestMessage(new HttpMethod(method), service.BaseAddress!.GetLeftPart(UriPartial.Authority) + path);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        if (method is "POST" or "PUT")
        {
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        }

        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return (int)answer.StatusCode;
    }

    private IEnumerable<(string What, string Token)> Forged(string token)
    {
        var issuer = Space.Behind(Space.Operator).Services.GetRequiredService<KeyStore>().Signing(AuthorityKey.Name);
        var now = Space.Clock.GetUtcNow().ToUnixTimeSeconds();
        string With(string claim, JsonNode? value, string type = TokenTypes.AccessToken)
        {
            var claims = ClaimsOf(token);
            claims[claim] = value;
            return Jwt.Sign(claims, issuer, type);
        }

        yield return ("expired", With("exp", now - 31));
        yield return ("not yet valid", With("nbf", now + 600));
        yield return ("without an end", With("exp", null));
        yield return ("with an end that is text", With("exp", "never"));
        yield return ("for another audience", With("aud", "did:web:elsewhere.example"));
        yield return ("for no audience", With("aud", null));
        yield return ("for an audience that is an object", With("aud", new JsonObject()));
        yield return ("from another issuer", With("iss", "https://elsewhere.example"));
        yield return ("from no issuer", With("iss", null));
        yield return ("bound to a key", With("cnf", new JsonObject { ["jkt"] = stranger.Public.Thumbprint }));
        yield return ("bound in an unknown way", With("cnf", new JsonObject { ["x5t#S256"] = "x" }));
        yield return ("of the type of an ID token", With("nonce", "n", TokenTypes.Credential));
        yield return ("a client assertion", With("nonce", "n", TokenTypes.ClientAssertion));
        yield return ("by a stranger's key", Jwt.Sign(ClaimsOf(token), stranger, TokenTypes.AccessToken));
        yield return ("by a stranger's key under the issuer's name", Raw(token, issuer.Kid, "ES256", data => stranger.Sign(data)));
        yield return ("with the algorithm none", Raw(token, issuer.Kid, "none", _ => []));
        yield return ("with the algorithm none and a signature", Raw(token, issuer.Kid, "none", data => issuer.Sign(data)));
        yield return ("with the public key as a secret", Raw(token, issuer.Kid, "HS256", data => HMACSHA256.HashData(issuer.Public.ExportSpki(), data)));
        yield return ("by a key that nobody knows", Raw(token, "no-such-key", "ES256", data => issuer.Sign(data)));
        yield return ("without its signature", token[..(token.LastIndexOf('.') + 1)]);
        yield return ("with another payload under its signature", string.Join('.', token.Split('.')[0], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(ClaimsOf(token).ToJsonString() + " ")), token.Split('.')[2]));
    }

    private static string Raw(string token, string kid, string algorithm, Func<byte[], byte[]> sign)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["kid"] = kid, ["typ"] = TokenTypes.AccessToken };
        var content = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString())) + "." + token.Split('.')[1];
        return content + "." + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(content)));
    }

    private static JsonObject ClaimsOf(string token) => JsonNode.Parse(Jws.ReadUnverified(token))!.AsObject();

    private IEnumerable<GuardedEndpoint> EndpointsOf(string service, HttpClient client) =>
        from endpoint in Space.Behind(client).Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["*"]
        select new GuardedEndpoint(
            service,
            method,
            "/" + endpoint.RoutePattern.RawText!.TrimStart('/'),
            endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null ? endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy : null);

    private async Task<string> MachineAsync(string id, string? participant)
    {
        var made = await Space.Operator.PostAsync<ClientSecret>(
            OAuthRoutes.Clients, new ClientDefinition { Id = id, Confidential = true, Roles = [AccountRoles.Operator], Participant = participant });
        using var request = new HttpRequestMessage(HttpMethod.Post, AuthorityRoutes.Token)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials" }),
            Headers = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{made.Secret}"))) },
        };
        using var answer = await Space.Operator.SendAsync(request);
        return ProtocolJson.Read<TokenResponse>(await answer.Content.ReadAsByteArrayAsync()).AccessToken;
    }
}
