using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.SignIn;

public sealed class DpopTests(DpopTests.SignedIn signedIn) : IClassFixture<DpopTests.SignedIn>
{
    [Fact]
    public async Task A_bound_token_opens_with_a_proof_and_not_without()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        using var browser = new Browser(authority);
        var (key, tokens) = await BoundAsync(authority, browser);
        Assert.Equal("DPoP", tokens.TokenType);

        var proof = Proof(authority, key, tokens.AccessToken);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(authority, "DPoP", tokens.AccessToken, proof));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(authority, "DPoP", tokens.AccessToken, proof));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(authority, "DPoP", tokens.AccessToken));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(authority, "Bearer", tokens.AccessToken));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(authority, "Bearer", tokens.AccessToken, Proof(authority, key, tokens.AccessToken)));
        using var other = SigningKey.Generate();
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(authority, "DPoP", tokens.AccessToken, Proof(authority, other, tokens.AccessToken)));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(authority, "DPoP", tokens.AccessToken, Proof(authority, key, tokens.AccessToken), Proof(authority, key, tokens.AccessToken)));
        var unbound = await browser.TokensAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(authority, "DPoP", unbound.AccessToken, Proof(authority, key, unbound.AccessToken)));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(authority, "DPoP", AuthorityUnderTest.Operator, Proof(authority, key, AuthorityUnderTest.Operator)));
    }

    // The clock of the tests stands at 1778544000 when the authority starts, and 140 s later here.
    [Theory]
    [InlineData("htm", "\"POST\"")]
    [InlineData("htm", "null")]
    [InlineData("htu", "\"https://elsewhere.example/api/v1/participants\"")]
    [InlineData("htu", "7")]
    [InlineData("ath", "\"x\"")]
    [InlineData("ath", "null")]
    [InlineData("iat", "1778543999")]
    [InlineData("iat", "1778544201")]
    [InlineData("iat", "\"1778544100\"")]
    [InlineData("iat", "1e300")]
    [InlineData("jti", "\"\"")]
    [InlineData("jti", "null")]
    public async Task A_proof_with_a_wrong_claim_is_refused(string claim, string value)
    {
        var (authority, key, tokens) = (signedIn.Authority, signedIn.Key, signedIn.Tokens);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(authority, "DPoP", tokens.AccessToken, Proof(authority, key, tokens.AccessToken)));
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            await GetAsync(authority, "DPoP", tokens.AccessToken, Browser.Proof(authority, key, "GET", AuthorityRoutes.Participants, tokens.AccessToken, claims => claims[claim] = JsonNode.Parse(value))));
    }

    [Theory]
    [InlineData("typ", "\"JWT\"")]
    [InlineData("alg", "\"none\"")]
    [InlineData("alg", "\"HS256\"")]
    [InlineData("jwk", "null")]
    [InlineData("jwk", "{}")]
    [InlineData("jwk", "{\"kty\":\"oct\",\"k\":\"AA\"}")]
    [InlineData("crit", "[\"b64\"]")]
    public async Task A_proof_with_a_wrong_header_is_refused_at_the_token_endpoint(string name, string value)
    {
        var (authority, browser) = (signedIn.Authority, signedIn.Browser);
        using var key = SigningKey.Generate();

        var proof = Browser.Proof(authority, key, "POST", AuthorityRoutes.Token, header: head => head[name] = JsonNode.Parse(value));

        await Browser.RefusedAsync("invalid_dpop_proof", await browser.ExchangeAsync(await browser.CodeAsync(), proof: proof));
        await Browser.RefusedAsync("invalid_dpop_proof", await browser.ExchangeAsync(await browser.CodeAsync(), proof: "garbage"));
    }

    [Fact]
    public async Task A_refresh_token_and_a_code_are_bound_to_the_key_too()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        using var browser = new Browser(authority);
        var (key, tokens) = await BoundAsync(authority, browser);
        using var other = SigningKey.Generate();

        await Browser.RefusedAsync("invalid_grant", await browser.RefreshAsync(tokens.RefreshToken!));
        await Browser.RefusedAsync("invalid_grant", await browser.RefreshAsync(tokens.RefreshToken!, proof: Browser.Proof(authority, other, "POST", AuthorityRoutes.Token)));
        var again = await Browser.TokensOfAsync(await browser.RefreshAsync(tokens.RefreshToken!, proof: Browser.Proof(authority, key, "POST", AuthorityRoutes.Token)));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(authority, "DPoP", again.AccessToken, Proof(authority, key, again.AccessToken)));

        var code = await browser.CodeAsync(request: query => query["dpop_jkt"] = key.Public.Thumbprint);
        await Browser.RefusedAsync("invalid_grant", await browser.ExchangeAsync(code, proof: Browser.Proof(authority, other, "POST", AuthorityRoutes.Token)));
    }

    /// <summary>A person who is signed in, with tokens that are bound to a key.</summary>
    public sealed class SignedIn : IAsyncLifetime
    {
        internal AuthorityUnderTest Authority { get; private set; } = null!;

        internal Browser Browser { get; private set; } = null!;

        internal SigningKey Key { get; private set; } = null!;

        internal TokenResponse Tokens { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Authority = await AuthorityUnderTest.StartAsync();
            Browser = new Browser(Authority);
            (Key, Tokens) = await BoundAsync(Authority, Browser);
            Authority.Clock.Advance(TimeSpan.FromSeconds(140));
        }

        public async ValueTask DisposeAsync()
        {
            Key.Dispose();
            Browser.Dispose();
            await Authority.DisposeAsync();
        }
    }

    private static async Task<(SigningKey Key, TokenResponse Tokens)> BoundAsync(AuthorityUnderTest authority, Browser browser)
    {
        await Browser.PersonAsync(authority);
        var key = SigningKey.Generate();
        return (key, await Browser.TokensOfAsync(await browser.ExchangeAsync(await browser.CodeAsync(), proof: Browser.Proof(authority, key, "POST", AuthorityRoutes.Token))));
    }

    private static string Proof(AuthorityUnderTest authority, SigningKey key, string token) => Browser.Proof(authority, key, "GET", AuthorityRoutes.Participants, token);

    private static async Task<HttpStatusCode> GetAsync(AuthorityUnderTest authority, string scheme, string token, params string[] proofs)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, authority.Url + AuthorityRoutes.Participants);
        request.Headers.Authorization = new AuthenticationHeaderValue(scheme, token);
        foreach (var proof in proofs)
        {
            request.Headers.TryAddWithoutValidation("DPoP", proof);
        }

        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
