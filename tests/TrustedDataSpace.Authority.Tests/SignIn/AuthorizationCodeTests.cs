using System.Net;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.SignIn;

public sealed class AuthorizationCodeTests
{
    [Fact]
    public async Task A_person_signs_in_and_its_token_opens_the_management_interface_as_its_role_says()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var anna = await Browser.PersonAsync(authority, "anna", AccountRoles.Auditor);
        using var browser = new Browser(authority);

        using var back = await browser.SignInAsync("anna", Browser.Password);
        var told = Browser.SentBack(back);
        Assert.Equal("s/1 &2", told["state"]);
        Assert.Equal(authority.Url, told["iss"]);
        var tokens = await Browser.TokensOfAsync(await browser.ExchangeAsync(told["code"]));

        Assert.Equal("Bearer", tokens.TokenType);
        await authority.OkAsync<Page<Participant>>(HttpMethod.Get, AuthorityRoutes.Participants, tokens.AccessToken);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, AuthorityRoutes.ForAdmission("did:web:x.example"), tokens.AccessToken);
        var claims = JwtVerifier.Verify(
            tokens.IdToken!,
            new JwtExpectation { Type = TokenTypes.Jwt, Issuer = authority.Url, Audience = OAuthRoutes.CliClient, Subject = anna.Id, Keys = [await authority.KeyAsync()], MaxLifetime = TimeSpan.FromMinutes(5) },
            authority.Clock.GetUtcNow());
        Assert.Equal("n1", claims.Text("nonce"));
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.Participants, tokens.IdToken);
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Put, AuthorityRoutes.ForEndpoint("did:web:x.example"), tokens.AccessToken, new { endpoint = "https://x.example" });
    }

    [Fact]
    public async Task A_token_that_was_asked_for_one_scope_has_no_other()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);
        using var browser = new Browser(authority);

        var narrow = await browser.TokensAsync(request: query => query["scope"] = "evidence:read offline_access");
        await authority.OkAsync<Page<EvidenceEntry>>(HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(0, 10), narrow.AccessToken);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, AuthorityRoutes.Participants, narrow.AccessToken);
        await Browser.RefusedAsync("invalid_scope", await browser.RefreshAsync(narrow.RefreshToken!, form => form["scope"] = "participants:read"));
        Assert.Null(narrow.IdToken);
        var again = await Browser.TokensOfAsync(await browser.RefreshAsync(narrow.RefreshToken!));
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, AuthorityRoutes.Participants, again.AccessToken);
    }

    [Fact]
    public async Task The_page_loads_nothing_runs_nothing_and_stands_in_no_frame()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        using var browser = new Browser(authority);
        using var page = await browser.OpenAsync(browser.Address());

        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("DENY", Assert.Single(page.Headers.GetValues("X-Frame-Options")));
        Assert.Equal("no-store", page.Headers.CacheControl?.ToString());
        Assert.DoesNotContain("<script", await page.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
        var cookie = Assert.Single(page.Headers.GetValues("Set-Cookie"));
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
    }

    // What is wrong with client or address is told to the person: nobody is sent anywhere.
    [Theory]
    [InlineData("client_id", null)]
    [InlineData("client_id", "nobody")]
    [InlineData("client_id", "<script>alert(1)</script>")]
    [InlineData("redirect_uri", null)]
    [InlineData("redirect_uri", "https://evil.example/callback")]
    [InlineData("redirect_uri", "http://127.0.0.1:1/callback/")]
    [InlineData("redirect_uri", "http://127.0.0.1:1/callback?x=1")]
    [InlineData("redirect_uri", "http://127.0.0.1:1/callback#x")]
    [InlineData("redirect_uri", "http://127.0.0.1:1/CALLBACK")]
    [InlineData("redirect_uri", "http://127.0.0.1:1/../callback")]
    [InlineData("redirect_uri", "http://127.0.0.1:1@evil.example/callback")]
    [InlineData("redirect_uri", "http://127.0.0.1.evil.example/callback")]
    [InlineData("redirect_uri", "http://localhost:1/callback")]
    [InlineData("redirect_uri", "https://127.0.0.1:1/callback")]
    [InlineData("redirect_uri", "javascript:alert(1)")]
    public async Task Who_is_not_registered_or_an_address_that_is_not_gets_a_page_and_no_redirect(string name, string? value)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        using var browser = new Browser(authority);

        using var answer = await browser.OpenAsync(browser.Address(query => query[name] = value));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Null(answer.Headers.Location);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("<script", await answer.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", null, "unsupported_response_type")]
    [InlineData("response_mode", "fragment", "invalid_request")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge", "short", "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("code_challenge_method", null, "invalid_request")]
    [InlineData("scope", "openid everything", "invalid_scope")]
    [InlineData("scope", "*:read", "invalid_scope")]
    [InlineData("prompt", "none", "login_required")]
    [InlineData("request", "e30.e30.", "request_not_supported")]
    [InlineData("request_uri", "https://evil.example", "request_uri_not_supported")]
    [InlineData("dpop_jkt", "x", "invalid_request")]
    public async Task What_else_is_wrong_is_told_to_the_client(string name, string? value, string error)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        using var browser = new Browser(authority);

        using var answer = await browser.OpenAsync(browser.Address(query => query[name] = value));

        Assert.Equal(error, Browser.SentBack(answer)["error"]);
    }

    [Fact]
    public async Task A_form_from_elsewhere_signs_nobody_in()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);
        using var browser = new Browser(authority);

        using var forged = await browser.SignInAsync("anna", Browser.Password, form: fields => fields.Remove(fields.Keys.First()));
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        using var garbled = await browser.SignInAsync("anna", Browser.Password, form: fields => fields[fields.Keys.First()] = "x");
        Assert.Equal(HttpStatusCode.BadRequest, garbled.StatusCode);
        Assert.Null(garbled.Headers.Location);
    }

    [Theory]
    [InlineData("code_verifier", "another-verifier-of-the-right-length-0123456789")]
    [InlineData("code_verifier", "x")]
    [InlineData("redirect_uri", "http://127.0.0.1:53212/callback")]
    [InlineData("code", "tds_code_0")]
    public async Task A_code_with_another_companion_is_refused_and_used_up(string name, string value)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);
        using var browser = new Browser(authority);
        var code = await browser.CodeAsync();

        await Browser.RefusedAsync("invalid_grant", await browser.ExchangeAsync(code, form => form[name] = value));
        if (name != "code")
        {
            await Browser.RefusedAsync("invalid_grant", await browser.ExchangeAsync(code));
        }
    }

    [Theory]
    [InlineData("code")]
    [InlineData("code_verifier")]
    [InlineData("redirect_uri")]
    public async Task An_exchange_lacks_nothing(string name)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        using var browser = new Browser(authority);
        await Browser.RefusedAsync("invalid_request", await browser.ExchangeAsync("tds_code_0", form => form.Remove(name)));
    }

    [Fact]
    public async Task A_code_ends_after_a_minute_and_is_for_its_client_only()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);
        var other = await authority.OkAsync<ClientSecret>(
            HttpMethod.Post, OAuthRoutes.Clients, AuthorityUnderTest.Operator, new ClientDefinition { Id = "portal", RedirectUris = [Browser.Redirect], Confidential = true });
        using var browser = new Browser(authority);

        await Browser.RefusedAsync("invalid_grant", await browser.ExchangeAsync(await browser.CodeAsync(), form =>
        {
            form["client_id"] = "portal";
            form["client_secret"] = other.Secret!;
        }));
        var code = await browser.CodeAsync();
        authority.Clock.Advance(TimeSpan.FromSeconds(61));
        await Browser.RefusedAsync("invalid_grant", await browser.ExchangeAsync(code));
    }

    [Fact]
    public async Task A_code_that_is_used_twice_ends_what_it_gave()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);
        using var browser = new Browser(authority);
        var code = await browser.CodeAsync();
        var tokens = await Browser.TokensOfAsync(await browser.ExchangeAsync(code));

        await Browser.RefusedAsync("invalid_grant", await browser.ExchangeAsync(code));

        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.Participants, tokens.AccessToken);
        await Browser.RefusedAsync("invalid_grant", await browser.RefreshAsync(tokens.RefreshToken!));
    }

    [Fact]
    public async Task A_person_of_a_member_gets_a_token_for_that_members_connector_and_none_for_the_authority()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        await Browser.PersonAsync(authority, "ann", AccountRoles.Provider, alice.Id);
        using var browser = new Browser(authority);

        var tokens = await browser.TokensAsync("ann");
        var claims = System.Text.Json.Nodes.JsonNode.Parse(Jws.ReadUnverified(tokens.AccessToken))!;
        Assert.Equal(alice.Id + "/management", claims["aud"]!.GetValue<string>());
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.Participants, tokens.AccessToken);
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.ForParticipant(alice.Id), tokens.AccessToken);

        using var refused = await browser.SignInAsync("ann", Browser.Password, request: query => query["resource"] = AuthorityUnderTest.Id + "/management");
        Assert.Equal("invalid_target", Browser.SentBack(refused)["error"]);
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id), AuthorityUnderTest.Operator);
        await Browser.RefusedAsync("invalid_target", await browser.RefreshAsync(tokens.RefreshToken!));
    }
}
