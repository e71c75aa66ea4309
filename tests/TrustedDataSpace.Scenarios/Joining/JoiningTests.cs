using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Joining;

/// <summary>A connector of one's own comes into a running space and shares a table, by the command line alone.</summary>
public sealed class JoiningTests : IAsyncLifetime
{
    private const string Factory = "did:web:factory.example";
    private const string Table = "hour,kwh\n1,10.5\n2,11\n3,9\n";

    private readonly TempFolder temp = new();
    private readonly int port = FreePort();
    private RunningCommand space = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string[] Operator => ["--data", temp["space"]];

    private string[] Consumer => ["--data", temp["space"], "--participant", "vpp"];

    private string[] Own => ["--config", Path.Combine(temp["factory"], "connector.json")];

    private string AuthorityUrl => SpaceAccess.Load(new SpaceFolder(temp["space"])).Authority.Url!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(temp["sample"]);
        await File.WriteAllTextAsync(Path.Combine(temp["sample"], "demand.csv"), "a\n1\n", Cancellation);
        await File.WriteAllTextAsync(
            Path.Combine(temp["sample"], SpaceFile.FileName),
            """
            space: small
            authority: { id: "did:web:authority.example", name: Operator }
            source: { demandFile: demand.csv }
            participants:
              - { id: "did:web:vpp.example", name: Consumer, region: "44" }
            """,
            Cancellation);
        space = await RunningCommand.StartAsync("is running", "up", temp["sample"], "--data", temp["space"]);
    }

    public async ValueTask DisposeAsync()
    {
        await space.DisposeAsync();
        temp.Dispose();
    }

    [Fact]
    public async Task Invited_company_joins_and_shares_its_own_table()
    {
        var code = await InviteAsync("--region", "44", "--role", "factory", "--pre-approved");
        await TdsAsync([.. Join(code)]);
        await using var connector = await RunningCommand.StartAsync("listening on", ["connector", "run", .. Own]);
        Directory.CreateDirectory(temp["tables"]);
        var table = Path.Combine(temp["tables"], "energy.csv");
        await File.WriteAllTextAsync(table, Table, Cancellation);
        await using var source = await RunningCommand.StartAsync("listening on", "source", "serve", temp["tables"], "--port", "0");

        Assert.Contains("offer:energy:1", await TdsAsync(["product", "publish", "--csv", table, .. Own]), StringComparison.Ordinal);
        var contract = await JsonAsync(["negotiate", "--provider", Factory, "--dataset", "energy", "--offer", "offer:energy:1", "--wait", .. Consumer]);
        var agreement = contract.GetProperty("agreementId").GetString()!;
        await TdsAsync(["transfer", "start", agreement, .. Consumer]);
        await TdsAsync(["app", "add", "--name", "notebook", "--person", "Li Wei", "--purpose", "inference", "--agreement", agreement, "--secret-file", temp["secret"], .. Consumer]);
        Assert.Equal(Table, await TdsAsync(["get", agreement, "--secret-file", temp["secret"], .. Consumer]));
        Assert.Equal(await TdsAsync(["usage", agreement, .. Consumer]), await TdsAsync(["usage", agreement, .. Own]));

        await TdsAsync(["agreement", "end", agreement, "--reason", "the project is over", .. Own]);
        var (refused, said) = await RunAsync(["get", agreement, "--secret-file", temp["secret"], "--out", temp["data.csv"], .. Consumer]);
        Assert.True(refused == Cli.ExitCode.Failed, said);
        Assert.False(File.Exists(temp["data.csv"]));
    }

    [Fact]
    public async Task Operator_credits_a_member_by_the_command_line()
    {
        var claims = temp["claims.json"];
        await File.WriteAllTextAsync(claims, """{"licence":"G-17","area":"44"}""", Cancellation);
        Assert.Contains("GridOperatorCredential", await TdsAsync(["credential", "types", .. Operator]), StringComparison.Ordinal);
        var issued = await JsonAsync(["credential", "issue", "GridOperatorCredential", "did:web:vpp.example", "--claims", claims, .. Operator]);
        var id = issued.GetProperty("id").GetString()!;
        Assert.Contains("G-17", await TdsAsync(["credential", "show", id, .. Operator]), StringComparison.Ordinal);
        Assert.Contains("suspended", await TdsAsync(["credential", "suspend", id, .. Operator]), StringComparison.Ordinal);
        Assert.Contains("active", await TdsAsync(["credential", "resume", id, .. Operator]), StringComparison.Ordinal);
        Assert.Contains("offered", await TdsAsync(["credential", "offer", id, .. Operator]), StringComparison.Ordinal);
        Assert.Contains("revoked", await TdsAsync(["credential", "revoke", id, "--reason", "licence withdrawn", .. Operator]), StringComparison.Ordinal);
        Assert.Equal(2, (await JsonAsync(["credential", "list", "--holder", "did:web:vpp.example", .. Operator])).GetArrayLength());
        Assert.StartsWith("tds_credential_", await TdsAsync(["credential", "code", "GridOperatorCredential", "--claims", claims, "--holder", "did:web:vpp.example", "--days", "7", .. Operator]), StringComparison.Ordinal);
        await TdsAsync(["credential", "trust", "did:web:regulator.example", "--type", "GridOperatorCredential", .. Operator]);
        Assert.Contains("did:web:regulator.example  GridOperatorCredential", await TdsAsync(["credential", "trusted", .. Operator]), StringComparison.Ordinal);
        Assert.Contains("no longer", await TdsAsync(["credential", "distrust", "did:web:regulator.example", .. Operator]), StringComparison.Ordinal);
        var (exit, said) = await RunAsync(["credential", "issue", "GridOperatorCredential", "did:web:nobody.example", "--claims", claims, .. Operator]);
        Assert.Equal(Cli.ExitCode.Failed, exit);
        Assert.Contains("no participant", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Join_waits_for_the_operator_and_ends_with_the_admission()
    {
        var code = await InviteAsync();
        await using var join = await RunningCommand.StartAsync("The operator admits you", [.. Join(code), "--region", "44"]);
        await AppliedAsync();
        await TdsAsync(["participant", "admit", Factory, .. Operator]);

        Assert.Equal(Cli.ExitCode.Ok, await join.Ended.Within("the end of join"));
        Assert.Contains("is a member", join.ToString(), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Own[1]));
        }
    }

    [Fact]
    public async Task Join_that_is_turned_away_says_so()
    {
        var code = await InviteAsync();
        await using var join = await RunningCommand.StartAsync("The operator admits you", [.. Join(code), "--region", "44"]);
        await AppliedAsync();
        await TdsAsync(["participant", "suspend", Factory, .. Operator]);

        Assert.Equal(Cli.ExitCode.Failed, await join.Ended.Within("the end of join"));
        Assert.Contains("turned", join.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoked_code_opens_nothing_and_leaves_no_settings()
    {
        var code = await InviteAsync();
        var invites = await JsonAsync(["participant", "invites", .. Operator]);
        await TdsAsync(["participant", "revoke-invite", invites[0].GetProperty("id").GetString()!, .. Operator]);

        var (exit, said) = await RunAsync([.. Join(code), "--region", "44"]);

        Assert.Equal(Cli.ExitCode.Failed, exit);
        Assert.Contains("taken this invite back", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(temp["factory"]));
    }

    [Fact]
    public async Task Table_in_a_folder_that_is_not_served_is_not_offered()
    {
        await File.WriteAllTextAsync(temp["loose.csv"], Table, Cancellation);

        var (exit, said) = await RunAsync(["product", "publish", "--csv", temp["loose.csv"], .. Consumer]);

        Assert.Equal(Cli.ExitCode.CannotStart, exit);
        Assert.Contains("tds source serve", said, StringComparison.Ordinal);
    }

    private string[] Join(string code) =>
        ["join", AuthorityUrl, "--invite", code, "--id", Factory, "--data", temp["factory"], "--port", port.ToString(System.Globalization.CultureInfo.InvariantCulture)];

    private async Task<string> InviteAsync(params string[] options) =>
        (await JsonAsync(["participant", "invite", "--name", "Factory", .. options, .. Operator])).GetProperty("code").GetString()!;

    private Task<JsonElement> AppliedAsync() => Cli.Clients.Eventually.AskAsync(
        () => JsonAsync(["participant", "list", .. Operator]),
        list => list.EnumerateArray().Any(participant => participant.GetProperty("id").GetString() == Factory),
        Cancellation);

    private static async Task<JsonElement> JsonAsync(string[] arguments) => JsonElement.Parse(await TdsAsync([.. arguments, "--json"]));

    private static async Task<string> TdsAsync(string[] arguments)
    {
        var (exit, said) = await RunAsync(arguments);
        Assert.True(exit == Cli.ExitCode.Ok, $"tds {string.Join(' ', arguments)}: {said}");
        return said;
    }

    private static async Task<(int Exit, string Said)> RunAsync(string[] arguments)
    {
        var output = new StringWriter();
        return (await TdsCommand.RunAsync(arguments, output, output, Cancellation), output.ToString());
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
