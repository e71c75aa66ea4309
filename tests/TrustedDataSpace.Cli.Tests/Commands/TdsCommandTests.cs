using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Commands;

public sealed class TdsCommandTests
{
    [Theory]
    [InlineData("")]
    [InlineData("demo")]
    [InlineData("demo power-grid")]
    [InlineData("up")]
    [InlineData("authority run")]
    [InlineData("connector run")]
    [InlineData("join")]
    [InlineData("participant")]
    [InlineData("participant list")]
    [InlineData("participant invite")]
    [InlineData("participant invites")]
    [InlineData("participant revoke-invite")]
    [InlineData("participant admit")]
    [InlineData("participant suspend")]
    [InlineData("did resolve")]
    [InlineData("source serve")]
    [InlineData("product publish")]
    [InlineData("catalog search")]
    [InlineData("negotiate")]
    [InlineData("agreement")]
    [InlineData("agreement list")]
    [InlineData("agreement show")]
    [InlineData("agreement end")]
    [InlineData("transfer")]
    [InlineData("transfer start")]
    [InlineData("transfer stop")]
    [InlineData("transfer list")]
    [InlineData("get")]
    [InlineData("usage")]
    [InlineData("log export")]
    [InlineData("app")]
    [InlineData("app add")]
    [InlineData("app list")]
    [InlineData("app remove")]
    [InlineData("statement")]
    [InlineData("log")]
    [InlineData("log verify")]
    [InlineData("policy")]
    [InlineData("policy test")]
    public async Task Every_command_explains_itself(string command)
    {
        var run = await CommandRun.OfAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("demo")]
    [InlineData("up")]
    [InlineData("demo power-grid --colour red")]
    [InlineData("demo power-grid --clock soon")]
    [InlineData("demo power-grid --clock 2026-05-12T08:00:00")]
    [InlineData("app add --name only")]
    [InlineData("statement")]
    [InlineData("statement urn:uuid:a --data /nowhere/at/all --participant vpp")]
    [InlineData("up /nowhere/at/all")]
    [InlineData("app list --data /nowhere/at/all --participant vpp")]
    [InlineData("app list --config /nowhere/at/all")]
    [InlineData("app list --config a --url http://127.0.0.1:1")]
    [InlineData("participant list --data /nowhere/at/all")]
    [InlineData("source serve /nowhere/at/all")]
    [InlineData("product publish /nowhere/at/all --url http://127.0.0.1:1")]
    [InlineData("connector run --config /nowhere/at/all")]
    [InlineData("join http://127.0.0.1:1 --invite code --id nobody")]
    [InlineData("join http://other.example --invite code --id did:web:acme.example")]
    [InlineData("join http://127.0.0.1:1 --invite code --id did:web:acme.example --data /nowhere/at/all")]
    [InlineData("log verify /nowhere/at/all")]
    [InlineData("policy test /nowhere/at/all")]
    public async Task Wrong_use_ends_with_code_2_and_says_why(string command)
    {
        var run = await CommandRun.OfAsync(command.Split(' '));
        Assert.Equal(ExitCode.CannotStart, run.Code);
        Assert.NotEmpty(run.Error);
    }

    [Theory]
    [InlineData("authority run", "Space:Id is missing")]
    [InlineData("connector run", "Space:Id is missing")]
    [InlineData("authority run --config {0}", "hosts one service")]
    [InlineData("connector run --config {0}", "settings.json: Space:Id is missing")]
    public async Task Services_read_the_settings_files_that_are_named(string command, string said)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["settings.json"], "{}");
        var run = await CommandRun.OfAsync([.. command.Replace("{0}", folder["settings.json"], StringComparison.Ordinal).Split(' '), "--config", folder["settings.json"]]);
        Assert.Equal(ExitCode.CannotStart, run.Code);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connector_elsewhere_needs_its_token_in_the_environment()
    {
        var run = await CommandRun.OfAsync("app", "list", "--url", "http://127.0.0.1:1");
        Assert.Equal(ExitCode.CannotStart, run.Code);
        Assert.Contains("TDS_MANAGEMENT_TOKEN", run.Error, StringComparison.Ordinal);
    }
}
