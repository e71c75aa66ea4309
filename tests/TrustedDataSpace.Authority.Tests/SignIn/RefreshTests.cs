using System.Net;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.SignIn;

public sealed class RefreshTests
{
    [Fact]
    public async Task A_refresh_token_counts_once_and_its_second_use_ends_the_whole_family()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);
        using var browser = new Browser(authority);
        var first = await browser.TokensAsync();
        var second = await Browser.TokensOfAsync(await browser.RefreshAsync(first.RefreshToken!));
        await authority.OkAsync<Page<Participant>>(HttpMethod.Get, AuthorityRoutes.Participants, second.AccessToken);

        await Browser.RefusedAsync("invalid_grant", await browser.RefreshAsync(first.RefreshToken!));

        await Browser.RefusedAsync("invalid_grant", await browser.RefreshAsync(second.RefreshToken!));
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.Participants, second.AccessToken);
        var entry = Assert.Single(authority.Trail.After("", 1000), entry => entry.Kind == EvidenceKinds.SignInRevoked);
        Assert.Equal("refresh_token_reused", entry.Data.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_refresh_token_ends_when_it_is_not_used_and_a_signing_in_ends_in_any_case()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);
        using var browser = new Browser(authority);
        var idle = await browser.TokensAsync();
        var used = await browser.TokensAsync();

        for (var i = 0; i < 15; i++)
        {
            authority.Clock.Advance(TimeSpan.FromHours(11));
            used = await Browser.TokensOfAsync(await browser.RefreshAsync(used.RefreshToken!));
        }

        await Browser.RefusedAsync("invalid_grant", await browser.RefreshAsync(idle.RefreshToken!));
        authority.Clock.Advance(TimeSpan.FromHours(4));
        await Browser.RefusedAsync("invalid_grant", await browser.RefreshAsync(used.RefreshToken!));
    }

    [Fact]
    public async Task No_refresh_token_is_given_to_who_did_not_ask_for_it()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);
        using var browser = new Browser(authority);

        Assert.Null((await browser.TokensAsync(request: query => query["scope"] = "openid")).RefreshToken);
    }

    [Fact]
    public async Task Revoking_either_token_ends_the_signing_in_for_the_client_it_belongs_to()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);
        var portal = await authority.OkAsync<ClientSecret>(
            HttpMethod.Post, OAuthRoutes.Clients, AuthorityUnderTest.Operator, new ClientDefinition { Id = "portal", RedirectUris = ["https://portal.example/back"], Confidential = true });
        using var browser = new Browser(authority);
        var (byAccess, byRefresh) = (await browser.TokensAsync(), await browser.TokensAsync());

        // Another client's, garbage: answered alike, and nothing happens.
        foreach (var token in new[] { byAccess.AccessToken, byRefresh.RefreshToken!, "garbage" })
        {
            Assert.Equal(HttpStatusCode.OK, (await browser.PostAsync(OAuthRoutes.Revoke, new() { ["token"] = token }, $"portal:{portal.Secret}")).StatusCode);
        }

        await Browser.RefusedAsync("invalid_client", await browser.PostAsync(OAuthRoutes.Revoke, new() { ["token"] = byAccess.AccessToken }, "portal:wrong"), HttpStatusCode.Unauthorized);
        await Browser.RefusedAsync("invalid_request", await browser.PostAsync(OAuthRoutes.Revoke, new() { ["client_id"] = OAuthRoutes.CliClient }));
        await authority.OkAsync<Page<Participant>>(HttpMethod.Get, AuthorityRoutes.Participants, byAccess.AccessToken);

        foreach (var (token, tokens) in new[] { (byAccess.AccessToken, byAccess), (byRefresh.RefreshToken!, byRefresh) })
        {
            Assert.Equal(HttpStatusCode.OK, (await browser.PostAsync(OAuthRoutes.Revoke, new() { ["token"] = token, ["client_id"] = OAuthRoutes.CliClient })).StatusCode);
            await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.Participants, tokens.AccessToken);
            await Browser.RefusedAsync("invalid_grant", await browser.RefreshAsync(tokens.RefreshToken!));
        }
    }

    [Fact]
    public async Task Of_many_uses_side_by_side_one_at_most_gets_anything()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);
        using var browser = new Browser(authority);
        var code = await browser.CodeAsync();
        var exchanged = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => browser.ExchangeAsync(code)));
        Assert.Single(exchanged, answer => answer.StatusCode == HttpStatusCode.OK);

        var tokens = await browser.TokensAsync();
        var refreshed = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => browser.RefreshAsync(tokens.RefreshToken!)));
        var next = await Browser.TokensOfAsync(Assert.Single(refreshed, answer => answer.StatusCode == HttpStatusCode.OK));

        // The others have shown that the token is in two hands: what the first has got counts no more.
        await Browser.RefusedAsync("invalid_grant", await browser.RefreshAsync(next.RefreshToken!));
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.Participants, next.AccessToken);
    }

    [Fact]
    public async Task What_was_used_or_revoked_stays_so_over_a_restart()
    {
        using var folder = new TempFolder();
        var clock = new ManualClock();
        TokenResponse open, used, revoked;
        string address;
        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            await Browser.PersonAsync(authority);
            using var browser = new Browser(authority);
            (open, used, revoked) = (await browser.TokensAsync(), await browser.TokensAsync(), await browser.TokensAsync());
            await browser.RefreshAsync(used.RefreshToken!);
            await browser.PostAsync(OAuthRoutes.Revoke, new() { ["token"] = revoked.RefreshToken!, ["client_id"] = OAuthRoutes.CliClient });
            address = authority.Url;
        }

        await using var again = await AuthorityUnderTest.StartAsync(folder, clock, settings => settings with { Listen = new() { Url = address } });
        using var later = new Browser(again);
        await again.OkAsync<Page<Participant>>(HttpMethod.Get, AuthorityRoutes.Participants, open.AccessToken);
        await Browser.TokensOfAsync(await later.RefreshAsync(open.RefreshToken!));
        await Browser.RefusedAsync("invalid_grant", await later.RefreshAsync(used.RefreshToken!));
        await Browser.RefusedAsync("invalid_grant", await later.RefreshAsync(revoked.RefreshToken!));
        await again.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.Participants, revoked.AccessToken);
    }
}
