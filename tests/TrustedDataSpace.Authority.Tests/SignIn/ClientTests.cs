using System.Net;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.SignIn;

public sealed class ClientTests
{
    private static readonly Dictionary<string, string> Grant = new() { ["grant_type"] = "client_credentials" };

    [Fact]
    public async Task A_machine_signs_in_with_its_secret_and_may_what_its_role_says()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var made = await RegisterAsync(authority);
        using var browser = new Browser(authority);

        var byHeader = await Browser.TokensOfAsync(await browser.PostAsync(AuthorityRoutes.Token, Grant, $"watch:{made.Secret}"));
        var byForm = await Browser.TokensOfAsync(await browser.PostAsync(AuthorityRoutes.Token, new(Grant) { ["client_id"] = "watch", ["client_secret"] = made.Secret!, ["scope"] = "evidence:read" }));

        await authority.OkAsync<Page<Participant>>(HttpMethod.Get, AuthorityRoutes.Participants, byHeader.AccessToken);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, AuthorityRoutes.ForAdmission("did:web:x.example"), byHeader.AccessToken);
        await authority.OkAsync<Page<EvidenceEntry>>(HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(0, 10), byForm.AccessToken);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, AuthorityRoutes.Participants, byForm.AccessToken);
        Assert.Null(byHeader.RefreshToken);
        await Browser.RefusedAsync("unsupported_token_type", await browser.PostAsync(OAuthRoutes.Revoke, new() { ["token"] = byHeader.AccessToken }, $"watch:{made.Secret}"));
    }

    [Fact]
    public async Task A_wrong_secret_two_ways_at_once_and_a_client_without_roles_get_nothing()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var made = await RegisterAsync(authority);
        var portal = await authority.OkAsync<ClientSecret>(
            HttpMethod.Post, OAuthRoutes.Clients, AuthorityUnderTest.Operator, new ClientDefinition { Id = "portal", RedirectUris = ["https://portal.example/back"], Confidential = true });
        using var browser = new Browser(authority);

        var wrong = await browser.PostAsync(AuthorityRoutes.Token, Grant, "watch:wrong");
        Assert.Contains("Basic", wrong.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        await Browser.RefusedAsync("invalid_client", wrong, HttpStatusCode.Unauthorized);
        await Browser.RefusedAsync("invalid_client", await browser.PostAsync(AuthorityRoutes.Token, Grant, "nobody:" + made.Secret), HttpStatusCode.Unauthorized);
        await Browser.RefusedAsync("invalid_client", await browser.PostAsync(AuthorityRoutes.Token, new(Grant) { ["client_id"] = OAuthRoutes.CliClient, ["client_secret"] = "x" }), HttpStatusCode.Unauthorized);
        await Browser.RefusedAsync("invalid_request", await browser.PostAsync(AuthorityRoutes.Token, new(Grant) { ["client_secret"] = made.Secret! }, $"watch:{made.Secret}"));
        await Browser.RefusedAsync("invalid_request", await browser.PostAsync(AuthorityRoutes.Token, new(Grant) { ["client_id"] = "portal" }, $"watch:{made.Secret}"));
        await Browser.RefusedAsync("unauthorized_client", await browser.PostAsync(AuthorityRoutes.Token, Grant, $"portal:{portal.Secret}"));
        await Browser.RefusedAsync("invalid_scope", await browser.PostAsync(AuthorityRoutes.Token, new(Grant) { ["scope"] = "openid" }, $"watch:{made.Secret}"));
        await Browser.RefusedAsync("invalid_target", await browser.PostAsync(AuthorityRoutes.Token, new(Grant) { ["resource"] = AuthorityUnderTest.Id }, $"watch:{made.Secret}"));
        await Browser.RefusedAsync("unsupported_grant_type", await browser.PostAsync(AuthorityRoutes.Token, new() { ["grant_type"] = "password" }, $"watch:{made.Secret}"));
    }

    [Fact]
    public async Task A_removed_client_is_out_at_once()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var made = await RegisterAsync(authority);
        using var browser = new Browser(authority);
        var token = await Browser.TokensOfAsync(await browser.PostAsync(AuthorityRoutes.Token, Grant, $"watch:{made.Secret}"));

        Assert.Equal(HttpStatusCode.NoContent, (await authority.SendAsync(HttpMethod.Delete, OAuthRoutes.For(OAuthRoutes.Client, "watch"), AuthorityUnderTest.Operator)).StatusCode);

        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.Participants, token.AccessToken);
        await Browser.RefusedAsync("invalid_client", await browser.PostAsync(AuthorityRoutes.Token, Grant, $"watch:{made.Secret}"), HttpStatusCode.Unauthorized);
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Delete, OAuthRoutes.For(OAuthRoutes.Client, "watch"), AuthorityUnderTest.Operator);
        Assert.Empty((await authority.OkAsync<Page<ClientView>>(HttpMethod.Get, OAuthRoutes.Clients, AuthorityUnderTest.Operator)).Items);
    }

    [Theory]
    [InlineData("http://portal.example/back")]
    [InlineData("https://portal.example/back#x")]
    [InlineData("https://portal.example/back; script-src *")]
    [InlineData("https://user@portal.example/back")]
    [InlineData("http://localhost/back")]
    [InlineData("portal:/back")]
    [InlineData("/back")]
    [InlineData("")]
    public async Task A_redirect_address_that_leads_astray_is_not_registered(string uri)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, OAuthRoutes.Clients, AuthorityUnderTest.Operator, new ClientDefinition { Id = "portal", RedirectUris = [uri] });
    }

    [Fact]
    public async Task A_client_that_makes_no_sense_is_refused()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var operators = AuthorityUnderTest.Operator;
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, OAuthRoutes.Clients, operators, new ClientDefinition { Id = "Portal", RedirectUris = ["https://portal.example/back"] });
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, OAuthRoutes.Clients, operators, new ClientDefinition { Id = "portal" });
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, OAuthRoutes.Clients, operators, new ClientDefinition { Id = "portal", Roles = ["auditor"] });
        await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, OAuthRoutes.Clients, operators, new ClientDefinition { Id = OAuthRoutes.CliClient, RedirectUris = ["https://portal.example/back"] });
    }

    private static Task<ClientSecret> RegisterAsync(AuthorityUnderTest authority) => authority.OkAsync<ClientSecret>(
        HttpMethod.Post, OAuthRoutes.Clients, AuthorityUnderTest.Operator, new ClientDefinition { Id = "watch", Confidential = true, Roles = [AccountRoles.Auditor] });
}
