using System.Net;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.SignIn;

public sealed class AccountTests
{
    [Fact]
    public async Task The_one_time_secret_buys_a_password_and_nothing_else()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var made = await Browser.MadeAsync(authority, "anna");
        using var browser = new Browser(authority);

        using var asked = await browser.SignInAsync("anna", made.Secret);
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        Assert.Contains("name=\"new\"", await asked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        foreach (var weak in new[] { "short", made.Secret, "anna-and-more-of-it", "aaaaaaaaaaaaaa", new string('x', 129) })
        {
            using var refused = await browser.SignInAsync("anna", made.Secret, weak);
            Assert.Null(refused.Headers.Location);
        }

        using var unequal = await browser.SignInAsync("anna", made.Secret, Browser.Password, form: fields => fields["repeat"] = "another one of that length");
        Assert.Null(unequal.Headers.Location);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.SignInAsync("anna", Browser.Password)).StatusCode);
    }

    [Fact]
    public async Task A_chosen_password_signs_in_and_the_secret_does_not_any_more()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var made = await Browser.MadeAsync(authority, "anna");
        using var browser = new Browser(authority);

        Browser.SentBack(await browser.SignInAsync("anna", made.Secret, Browser.Password));

        Assert.Equal(HttpStatusCode.Forbidden, (await browser.SignInAsync("anna", made.Secret, Browser.Password)).StatusCode);
        Assert.NotEmpty(await browser.CodeAsync());
        Assert.Equal("open", Assert.Single((await AccountsAsync(authority)).Items).State);
    }

    [Fact]
    public async Task A_one_time_secret_ends_after_three_days()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var made = await Browser.MadeAsync(authority, "anna");
        using var browser = new Browser(authority);
        authority.Clock.Advance(TimeSpan.FromDays(3) + TimeSpan.FromSeconds(1));

        Assert.Equal(HttpStatusCode.Forbidden, (await browser.SignInAsync("anna", made.Secret, Browser.Password)).StatusCode);
    }

    [Fact]
    public async Task Five_wrong_passwords_lock_an_account_and_an_unknown_name_is_answered_alike()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);
        using var browser = new Browser(authority);
        using var nobody = await browser.SignInAsync("nobody", "a wrong password");
        var unknown = WithoutToken(await nobody.Content.ReadAsStringAsync());

        for (var i = 0; i < 5; i++)
        {
            using var wrong = await browser.SignInAsync("anna", "a wrong password");
            Assert.Equal((HttpStatusCode.Forbidden, unknown), (wrong.StatusCode, WithoutToken(await wrong.Content.ReadAsStringAsync())));
        }

        using var right = await browser.SignInAsync("anna", Browser.Password);
        Assert.Equal((HttpStatusCode.Forbidden, unknown), (right.StatusCode, WithoutToken(await right.Content.ReadAsStringAsync())));
        Assert.Equal("locked", Assert.Single((await AccountsAsync(authority)).Items).State);
        Assert.Single(authority.Trail.After("", 1000), entry => entry.Kind == EvidenceKinds.AccountLocked);

        authority.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.NotEmpty(await browser.CodeAsync());
    }

    [Fact]
    public async Task One_address_has_thirty_tries_a_minute()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        using var http = new HttpClient();
        using var browser = new Browser(authority);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 150 && statuses.LastOrDefault() != HttpStatusCode.TooManyRequests; i++)
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["name"] = "anna", ["password"] = "x" });
            using var answer = await http.PostAsync(browser.Address(), form);
            statuses.Add(answer.StatusCode);
        }

        // The window follows the machine's clock: a slow run may begin another before the first is full.
        Assert.All(statuses.Take(30), status => Assert.Equal(HttpStatusCode.BadRequest, status));
        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
    }

    [Fact]
    public async Task Tries_side_by_side_are_no_more_than_one_after_the_other()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.PersonAsync(authority);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var browser = new Browser(authority);
            using var answer = await browser.SignInAsync("anna", "a wrong password");
        }));

        using var last = new Browser(authority);
        Assert.Equal(HttpStatusCode.Forbidden, (await last.SignInAsync("anna", Browser.Password)).StatusCode);
        Assert.Equal("locked", Assert.Single((await AccountsAsync(authority)).Items).State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_or_disabled_account_is_out_at_once(bool disabled)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var anna = await Browser.PersonAsync(authority);
        using var browser = new Browser(authority);
        var tokens = await browser.TokensAsync();
        var code = await browser.CodeAsync();

        var (method, route) = disabled ? (HttpMethod.Delete, OAuthRoutes.Account) : (HttpMethod.Post, OAuthRoutes.AccountSecret);
        Assert.True((await authority.SendAsync(method, OAuthRoutes.For(route, anna.Id), AuthorityUnderTest.Operator)).IsSuccessStatusCode);

        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.Participants, tokens.AccessToken);
        await Browser.RefusedAsync("invalid_grant", await browser.RefreshAsync(tokens.RefreshToken!));
        await Browser.RefusedAsync("invalid_grant", await browser.ExchangeAsync(code));
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.SignInAsync("anna", Browser.Password)).StatusCode);
    }

    [Fact]
    public async Task Evidence_holds_every_step_and_neither_name_nor_password()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var anna = await Browser.PersonAsync(authority, "anna.of.the.grid");
        using var browser = new Browser(authority);
        await browser.TokensAsync("anna.of.the.grid");
        await authority.SendAsync(HttpMethod.Delete, OAuthRoutes.For(OAuthRoutes.Account, anna.Id), AuthorityUnderTest.Operator);

        var entries = authority.Trail.After("", 1000);
        foreach (var kind in new[] { EvidenceKinds.AccountCreated, EvidenceKinds.AccountPasswordChosen, EvidenceKinds.SignInStarted, EvidenceKinds.AccountDisabled, EvidenceKinds.SignInRevoked })
        {
            Assert.Contains(entries, entry => entry.Kind == kind);
        }

        Assert.DoesNotContain(entries, entry => entry.Data.GetRawText().Contains("anna.of.the.grid", StringComparison.Ordinal) || entry.Data.GetRawText().Contains("tds_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Anna", "operator", null, HttpStatusCode.BadRequest)]
    [InlineData("", "operator", null, HttpStatusCode.BadRequest)]
    [InlineData("anna", "emperor", null, HttpStatusCode.BadRequest)]
    [InlineData("anna", "provider", null, HttpStatusCode.BadRequest)]
    [InlineData("anna", "provider", "did:web:nobody.example", HttpStatusCode.BadRequest)]
    public async Task An_account_that_makes_no_sense_is_refused(string name, string role, string? participant, HttpStatusCode status)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await authority.RefusedAsync(status, HttpMethod.Post, OAuthRoutes.Accounts, AuthorityUnderTest.Operator, new AccountDefinition { Name = name, Roles = [role], Participant = participant });
    }

    [Fact]
    public async Task A_name_is_given_once_and_unknown_accounts_are_not_found()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await Browser.MadeAsync(authority, "anna");
        await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, OAuthRoutes.Accounts, AuthorityUnderTest.Operator, new AccountDefinition { Name = "anna", Roles = ["auditor"] });
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Delete, OAuthRoutes.For(OAuthRoutes.Account, "x"), AuthorityUnderTest.Operator);
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Post, OAuthRoutes.For(OAuthRoutes.AccountSecret, "x"), AuthorityUnderTest.Operator);
    }

    [Fact]
    public async Task Nobody_makes_or_resets_somebody_who_may_more()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var anna = await Browser.MadeAsync(authority, "anna");
        var narrow = (await authority.OkAsync<TokenSecret>(
            HttpMethod.Post, TokenRoutes.Tokens, AuthorityUnderTest.Operator, new TokenDefinition { Name = "narrow", Scopes = ["accounts:write", "accounts:read", "clients:write"] })).Secret;

        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, OAuthRoutes.Accounts, narrow, new AccountDefinition { Name = "eve", Roles = ["operator"] });
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, OAuthRoutes.Accounts, narrow, new AccountDefinition { Name = "eve", Roles = ["auditor"] });
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, OAuthRoutes.For(OAuthRoutes.AccountSecret, anna.Account.Id), narrow);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Delete, OAuthRoutes.For(OAuthRoutes.Account, anna.Account.Id), narrow);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, OAuthRoutes.Clients, narrow, new ClientDefinition { Id = "eve", Confidential = true, Roles = ["operator"] });
    }

    private static Task<Page<AccountView>> AccountsAsync(AuthorityUnderTest authority) => authority.OkAsync<Page<AccountView>>(HttpMethod.Get, OAuthRoutes.Accounts, AuthorityUnderTest.Operator);

    private static string WithoutToken(string html) => System.Text.RegularExpressions.Regex.Replace(html, "value=\"[^\"]*\"", "");
}
