using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Scenarios.Joining;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.SignIn;

/// <summary>A person signs in with <c>tds login</c> and a browser, at an authority and for a connector that takes its tokens.</summary>
public sealed partial class LoginTests : IAsyncLifetime
{
    private const string FolderVariable = "TDS_LOGIN_FOLDER";
    private const string Password = "correct horse battery staple";

    private readonly TempFolder folder = new();
    private TestSpace space = null!;

    private string Authority => space.Operator.BaseAddress!.GetLeftPart(UriPartial.Authority);

    private string Connector => space.Provider.BaseAddress!.GetLeftPart(UriPartial.Authority);

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable(FolderVariable, folder["logins"]);
        space = await TestSpace.StartAsync(adjust: (_, settings) => settings with
        {
            Management = settings.Management with { Issuer = settings.Authority.Url, Audience = OAuthRoutes.ManagementAudience(settings.Participant.Id), RolesClaim = "roles" },
        });
    }

    public async ValueTask DisposeAsync()
    {
        await space.DisposeAsync();
        Environment.SetEnvironmentVariable(FolderVariable, null);
        folder.Dispose();
    }

    [Fact]
    public async Task A_person_signs_in_works_until_it_signs_out_and_not_after()
    {
        var secret = await AccountAsync("anna", AccountRoles.Auditor);
        await SignInAsync("anna", secret, "login", Authority);

        var file = Assert.Single(Directory.GetFiles(folder["logins"]));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        Assert.Contains(TestSpace.Grid, (await RunAsync(0, "participant", "list", "--url", Authority)).Output, StringComparison.Ordinal);
        Assert.Contains("forbidden", (await RunAsync(1, "participant", "suspend", TestSpace.Grid, "--url", Authority)).Error, StringComparison.Ordinal);

        // The access token has ended: the next command gets another one, and its refresh token with it.
        var before = Saved(file);
        var ended = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        ended["expiresAt"] = "2020-01-01T00:00:00Z";
        await File.WriteAllTextAsync(file, ended.ToJsonString());
        await RunAsync(0, "participant", "list", "--url", Authority);
        Assert.NotEqual(before, Saved(file));

        Assert.Contains("signed out", (await RunAsync(0, "logout", Authority)).Output, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        Assert.Contains("tds login", (await RunAsync(2, "participant", "list", "--url", Authority)).Error, StringComparison.Ordinal);
        using var revoked = new HttpRequestMessage(HttpMethod.Get, Authority + AuthorityRoutes.Participants);
        revoked.Headers.Authorization = new("Bearer", before.Access);
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.SendAsync(revoked)).StatusCode);
    }

    [Fact]
    public async Task Somebody_of_a_member_manages_its_connector_as_far_as_the_role_goes()
    {
        var secret = await AccountAsync("carl", AccountRoles.Consumer, TestSpace.Grid);
        await SignInAsync("carl", secret, "login", Authority, "--service", Connector);

        await RunAsync(0, "app", "list", "--url", Connector);
        Assert.Contains("forbidden", (await RunAsync(1, "key", "rotate", "--url", Connector)).Error, StringComparison.Ordinal);
        Assert.Contains("tds login", (await RunAsync(2, "participant", "list", "--url", Authority)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_rotates_the_key_of_its_connector_and_of_the_authority()
    {
        await SignInAsync("olga", await AccountAsync("olga", AccountRoles.Operator, TestSpace.Grid), "login", Authority, "--service", Connector);
        await SignInAsync("omar", await AccountAsync("omar", AccountRoles.Operator), "login", Authority);
        var before = await KeysAsync(Connector, "key");

        await RunAsync(0, "key", "rotate", "--url", Connector);
        await RunAsync(0, "key", "authority", "rotate", "--url", Authority);

        Assert.True((await KeysAsync(Connector, "key")).Count > before.Count);
        Assert.True((await KeysAsync(Authority, "key", "authority")).Count > 1);
        Assert.Contains("omar", (await RunAsync(0, "account", "list", "--url", Authority)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_with_another_state_ends_nothing_and_a_refusal_is_told()
    {
        await using var login = await RunningCommand.StartAsync("/oauth2/authorize", "login", Authority);
        var address = AddressIn(login.ToString());
        var redirect = WebUtility.UrlDecode(RedirectIn().Match(address).Groups[1].Value);
        using var http = new HttpClient();

        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync(redirect + "?code=x&state=forged")).StatusCode);
        Assert.False(login.Ended.IsCompleted);
        var state = StateIn().Match(address).Groups[1].Value;
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"{redirect}?error=access_denied&state={state}&iss={Uri.EscapeDataString(Authority)}")).StatusCode);

        Assert.Equal(2, await login.Ended.Within("tds login to end"));
        Assert.Contains("access_denied", login.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_of_another_issuer_is_sent_nowhere()
    {
        await using var login = await RunningCommand.StartAsync("/oauth2/authorize", "login", Authority);
        var address = AddressIn(login.ToString());
        using var http = new HttpClient();

        await http.GetAsync($"{WebUtility.UrlDecode(RedirectIn().Match(address).Groups[1].Value)}?code=x&state={StateIn().Match(address).Groups[1].Value}&iss=https%3A%2F%2Fevil.example");

        Assert.Equal(2, await login.Ended.Within("tds login to end"));
        Assert.Contains("another issuer", login.ToString(), StringComparison.Ordinal);
    }

    private async Task<string> AccountAsync(string name, string role, string? participant = null) =>
        (await space.Operator.PostAsync<AccountSecret>(OAuthRoutes.Accounts, new AccountDefinition { Name = name, Roles = [role], Participant = participant })).Secret;

    /// <summary>Runs the command, and does in a browser what its person would.</summary>
    private static async Task SignInAsync(string name, string secret, params string[] arguments)
    {
        await using var login = await RunningCommand.StartAsync("/oauth2/authorize", arguments);
        var address = AddressIn(login.ToString());
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        var hidden = Hidden().Match(await browser.GetStringAsync(address));
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            [hidden.Groups[1].Value] = hidden.Groups[2].Value,
            ["name"] = name,
            ["password"] = secret,
            ["new"] = Password,
            ["repeat"] = Password,
        });
        using var back = await browser.PostAsync(address, form);
        Assert.Equal(HttpStatusCode.SeeOther, back.StatusCode);
        Assert.Contains("Done", await browser.GetStringAsync(back.Headers.Location), StringComparison.Ordinal);
        Assert.True(await login.Ended.Within("tds login to end") == 0, login.ToString());
        Assert.DoesNotContain("tds_refresh_", login.ToString(), StringComparison.Ordinal);
    }

    private static (string Access, string Refresh) Saved(string file)
    {
        var saved = JsonNode.Parse(File.ReadAllText(file))!;
        return (saved["accessToken"]!.GetValue<string>(), saved["refreshToken"]!.GetValue<string>());
    }

    private static async Task<IReadOnlyList<JsonNode?>> KeysAsync(string service, params string[] command) =>
        [.. JsonNode.Parse((await RunAsync(0, [.. command, "list", "--json", "--url", service])).Output)!["keys"]!.AsArray()];

    private static async Task<(string Output, string Error)> RunAsync(int expected, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await TdsCommand.RunAsync(arguments, output, error).Within($"tds {string.Join(' ', arguments)}");
        Assert.True(code == expected, $"tds {string.Join(' ', arguments)}: {code} {output} {error}");
        return (output.ToString(), error.ToString());
    }

    private static string AddressIn(string output) => output.Split('\n').Single(line => line.Contains("/oauth2/authorize", StringComparison.Ordinal)).Trim();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]+)\">")]
    private static partial Regex Hidden();

    [GeneratedRegex("redirect_uri=([^&]+)")]
    private static partial Regex RedirectIn();

    [GeneratedRegex("state=([^&]+)")]
    private static partial Regex StateIn();
}
