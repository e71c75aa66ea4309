using System.Net;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Tokens;

public sealed class TokenEndpointTests
{
    [Fact]
    public async Task A_member_gets_a_token_for_another_member_that_carries_its_credential()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));

        var token = await authority.TokenAsync(alice, bob.Id);

        var keys = new[] { await authority.KeyAsync() };
        var claims = JwtVerifier.Verify(
            token,
            new JwtExpectation { Type = TokenTypes.AccessToken, Issuer = authority.Url, Audience = bob.Id, Subject = alice.Id, Keys = keys, RequireJti = true, MaxLifetime = TimeSpan.FromMinutes(5) },
            authority.Clock.GetUtcNow());
        Assert.Equal(alice.Id, claims.Text("client_id"));
        Assert.Equal("space", claims.Text("scope"));
        var credential = MembershipCredential.Verify(
            claims.Text("membership")!, Did.Parse(AuthorityUnderTest.Id), Did.Parse(alice.Id), keys, authority.Clock.GetUtcNow());
        Assert.Equal(AuthorityUnderTest.Space, credential.Space);
        Assert.Equal(["data-provider"], credential.Roles);
    }

    [Fact]
    public async Task The_token_endpoint_url_is_an_audience_too_and_a_plain_JWT_a_type_too()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");

        var answer = await authority.AskTokenAsync(alice.Assertion(authority, claims => claims["aud"] = authority.Url + AuthorityRoutes.Token, type: "JWT"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task Discovery_names_issuer_endpoint_and_keys()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();

        var document = await authority.OkAsync<JsonObject>(HttpMethod.Get, AuthorityRoutes.OpenIdConfiguration);

        Assert.Equal(authority.Url, document["issuer"]!.GetValue<string>());
        Assert.Equal(authority.Url + "/oauth2/token", document["token_endpoint"]!.GetValue<string>());
        Assert.Equal(authority.Url + "/.well-known/jwks.json", document["jwks_uri"]!.GetValue<string>());
    }

    public static TheoryData<string, string> WrongClaims => new()
    {
        { "aud", "\"https://elsewhere.example\"" },
        { "iss", "\"did:web:bob.example\"" },
        { "sub", "\"did:web:bob.example\"" },
        { "exp", "1778544000" },
        { "exp", "1778544361" },
        { "iat", "1778548000" },
        { "nbf", "1778548000" },
        { "jti", "null" },
        { "jti", "\"\"" },
    };

    // The clock of the tests stands at 1778544000.
    [Theory]
    [MemberData(nameof(WrongClaims))]
    public async Task An_assertion_with_a_wrong_claim_is_refused(string claim, string value)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        authority.Clock.Advance(claim == "exp" && value == "1778544000" ? TimeSpan.FromSeconds(31) : TimeSpan.Zero);

        var assertion = alice.Assertion(authority, claims => claims[claim] = JsonNode.Parse(value));

        await RefusedAsync("invalid_client", HttpStatusCode.Unauthorized, await authority.AskTokenAsync(assertion));
    }

    [Theory]
    [InlineData("aud")]
    [InlineData("exp")]
    [InlineData("iat")]
    [InlineData("jti")]
    [InlineData("sub")]
    [InlineData("iss")]
    public async Task An_assertion_without_a_claim_is_refused(string claim)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");

        var assertion = alice.Assertion(authority, claims => claims.Remove(claim));

        await RefusedAsync("invalid_client", HttpStatusCode.Unauthorized, await authority.AskTokenAsync(assertion));
    }

    [Fact]
    public async Task An_assertion_used_before_is_refused_after_a_restart_too()
    {
        using var folder = new TempFolder();
        var clock = new ManualClock();
        string assertion;
        TestMember alice;
        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            alice = await authority.JoinAsync("alice");
            assertion = alice.Assertion(authority);
            Assert.Equal(HttpStatusCode.OK, (await authority.AskTokenAsync(assertion)).StatusCode);
            await RefusedAsync("invalid_client", HttpStatusCode.Unauthorized, await authority.AskTokenAsync(assertion), "jti");
        }

        await using var again = await AuthorityUnderTest.StartAsync(folder, clock);
        var jti = JsonNode.Parse(Jws.ReadUnverified(assertion))!["jti"]!.GetValue<string>();
        var replayed = alice.Assertion(again, claims => claims["jti"] = jti);
        await RefusedAsync("invalid_client", HttpStatusCode.Unauthorized, await again.AskTokenAsync(replayed), "jti");
    }

    [Fact]
    public async Task Another_key_a_stranger_and_another_type_are_refused()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        using var other = SigningKey.Generate();

        await RefusedAsync("invalid_client", HttpStatusCode.Unauthorized, await authority.AskTokenAsync(alice.Assertion(authority, key: other)));
        await RefusedAsync("invalid_client", HttpStatusCode.Unauthorized, await authority.AskTokenAsync(new TestMember("mallory").Assertion(authority)));
        await RefusedAsync("invalid_client", HttpStatusCode.Unauthorized, await authority.AskTokenAsync(alice.Assertion(authority, type: TokenTypes.AccessToken)));
        await RefusedAsync("invalid_client", HttpStatusCode.Unauthorized, await authority.AskTokenAsync("not a token"));
    }

    [Fact]
    public async Task Who_has_only_applied_gets_no_token()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = new TestMember("alice");
        await authority.ApplyAsync(alice);

        await RefusedAsync("unauthorized_client", HttpStatusCode.BadRequest, await authority.AskTokenAsync(alice.Assertion(authority)), "applied");
    }

    [Fact]
    public async Task A_suspended_member_gets_no_token_and_its_old_one_opens_nothing()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);

        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(alice.Id), AuthorityUnderTest.Operator);

        await RefusedAsync("unauthorized_client", HttpStatusCode.BadRequest, await authority.AskTokenAsync(alice.Assertion(authority)), "suspended");
        var refusal = await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, AuthorityRoutes.ForParticipant(alice.Id), token);
        Assert.Contains("not an active member", refusal.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_credential_that_has_ended_gives_no_token_until_it_is_renewed()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        authority.Clock.Advance(TimeSpan.FromDays(366));

        await RefusedAsync("unauthorized_client", HttpStatusCode.BadRequest, await authority.AskTokenAsync(alice.Assertion(authority)), "has ended");
        await authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id), AuthorityUnderTest.Operator);
        Assert.NotEmpty(await authority.TokenAsync(alice));
    }

    [Fact]
    public async Task A_token_is_made_only_for_the_authority_or_an_active_member()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        await authority.ApplyAsync(new TestMember("bob"));

        await RefusedAsync("invalid_target", HttpStatusCode.BadRequest, await authority.AskTokenAsync(alice.Assertion(authority), resource: null));
        await RefusedAsync("invalid_target", HttpStatusCode.BadRequest, await authority.AskTokenAsync(alice.Assertion(authority), "did:web:bob.example"));
        await RefusedAsync("invalid_target", HttpStatusCode.BadRequest, await authority.AskTokenAsync(alice.Assertion(authority), "https://nobody.example"));
    }

    [Fact]
    public async Task Another_grant_is_refused_in_the_words_of_OAuth()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");

        await RefusedAsync("unsupported_grant_type", HttpStatusCode.BadRequest, await authority.AskTokenAsync(alice.Assertion(authority), grant: "password"));
        await RefusedAsync("invalid_request", HttpStatusCode.BadRequest, await authority.SendAsync(HttpMethod.Post, AuthorityRoutes.Token, body: new { grant_type = "client_credentials" }));
    }

    [Fact]
    public async Task The_api_refuses_a_token_for_somebody_else_an_expired_one_and_none()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var route = AuthorityRoutes.ForParticipant(alice.Id);

        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, route);
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, route, await authority.TokenAsync(alice, bob.Id));
        var token = await authority.TokenAsync(alice);
        authority.Clock.Advance(TimeSpan.FromMinutes(6));
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, route, token);
    }

    private static async Task RefusedAsync(string error, HttpStatusCode status, HttpResponseMessage answer, string inDescription = "")
    {
        var document = await AuthorityUnderTest.RefusalAsync(status, answer);
        Assert.Equal(error, document.GetProperty("error").GetString());
        Assert.Contains(inDescription, document.GetProperty("error_description").GetString());
    }
}
