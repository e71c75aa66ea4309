using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Scenarios.Joining;
using TrustedDataSpace.Scenarios.Processes;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Restart;

/// <summary>The power-grid story over three separate processes that met by <c>tds join</c>, by the command line alone, each killed on the way.</summary>
public sealed class JoinedProcessesTests : IDisposable
{
    private const string Grid = "did:web:grid.power-grid.example";
    private const string Vpp = "did:web:vpp.power-grid.example";
    private const string Product = "system_demand_48";

    private readonly TempFolder temp = new();
    private readonly string authorityUrl = $"http://127.0.0.1:{FreePort.Find()}";

    private string AuthorityConfig => temp["authority.json"];

    private string[] Operator => ["--config", AuthorityConfig];

    public void Dispose() => temp.Dispose();

    [Fact]
    public async Task Power_grid_story_goes_on_over_three_joined_processes_each_of_which_is_killed()
    {
        await File.WriteAllTextAsync(AuthorityConfig, JsonSerializer.Serialize(new
        {
            Space = new { Id = "power-grid" },
            Participant = new { Id = "did:web:authority.power-grid.example", Name = "Operator" },
            Listen = new { Url = authorityUrl },
            Storage = new { Folder = temp["authority"] },
            Management = new { Token = "test_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) },
            Egress = new { AllowPrivateAddresses = true },
        }));
        var authority = await ServiceProcess.StartAsync(Programs.Authority, Operator);
        var provider = await JoinAsync(Grid, "grid", "grid-company");
        var consumer = await JoinAsync(Vpp, "vpp", "virtual-power-plant");
        try
        {
            // The measured demand, offered for inference, ten reads.
            Directory.CreateDirectory(temp["tables"]);
            var table = Path.Combine(temp["tables"], Product + ".csv");
            File.Copy(Path.Combine(Samples.Folder("power-grid"), "data", "demand-half-hourly.csv"), table);
            await using var source = await RunningCommand.StartAsync("listening on", "source", "serve", temp["tables"], "--port", "0");
            await TdsAsync(["product", "publish", "--csv", table, "--purpose", "inference", "--count", "10", .. Config("grid")]);

            authority = await AgainAsync(authority, Programs.Authority, Operator);
            var contract = await JsonAsync(["negotiate", "--provider", Grid, "--dataset", Product, "--offer", $"offer:{Product}:1", "--wait", .. Config("vpp")]);
            var agreement = contract.GetProperty("agreementId").GetString()!;

            provider = await AgainAsync(provider, Programs.Connector, Config("grid"));
            var transfer = await JsonAsync(["transfer", "start", agreement, .. Config("vpp")]);
            await TdsAsync(["app", "add", "--name", "forecast", "--person", "Li Wei", "--purpose", "inference", "--purpose", "training", "--agreement", agreement, "--secret-file", temp["secret"], .. Config("vpp")]);
            Assert.Equal(await File.ReadAllTextAsync(table), await TdsAsync(Get(agreement, "inference")));

            consumer = await AgainAsync(consumer, Programs.Connector, Config("vpp"));
            Assert.Equal(await File.ReadAllTextAsync(table), await TdsAsync(Get(agreement, "inference")));
            var (refused, said) = await RunAsync(Get(agreement, "training"));
            Assert.True(refused == Cli.ExitCode.Failed, said);

            await TdsAsync(["transfer", "stop", transfer.GetProperty("id").GetString()!, .. Config("vpp")]);
            var usage = await TdsAsync(["usage", agreement, .. Config("vpp")]);
            Assert.Equal(usage, await TdsAsync(["usage", agreement, .. Config("grid")]));

            await TdsAsync(["log", "export", temp["evidence.txt"], .. Operator]);
            Assert.Contains("evidence verified", await TdsAsync("log", "verify", temp["evidence.txt"]), StringComparison.Ordinal);
        }
        finally
        {
            await consumer.DisposeAsync();
            await provider.DisposeAsync();
            await authority.DisposeAsync();
        }
    }

    private async Task<ServiceProcess> JoinAsync(string id, string name, string role)
    {
        var invite = await JsonAsync(["participant", "invite", "--name", name, "--region", "44", "--role", role, "--pre-approved", .. Operator]);
        await TdsAsync(
            "join", authorityUrl, "--invite", invite.GetProperty("code").GetString()!, "--id", id, "--data", temp[name], "--port", FreePort.Find().ToString(CultureInfo.InvariantCulture));
        return await ServiceProcess.StartAsync(Programs.Connector, Config(name));
    }

    private static async Task<ServiceProcess> AgainAsync(ServiceProcess process, string program, string[] arguments)
    {
        await process.KillAsync();
        await process.DisposeAsync();
        return await ServiceProcess.StartAsync(program, arguments);
    }

    private string[] Config(string name) => ["--config", Path.Combine(temp[name], "connector.json")];

    private string[] Get(string agreement, string purpose) => ["get", agreement, "--purpose", purpose, "--secret-file", temp["secret"], .. Config("vpp")];

    private static async Task<JsonElement> JsonAsync(params string[] arguments) => JsonElement.Parse(await TdsAsync([.. arguments, "--json"]));

    private static async Task<string> TdsAsync(params string[] arguments)
    {
        var (exit, said) = await RunAsync(arguments);
        Assert.True(exit == Cli.ExitCode.Ok, $"tds {string.Join(' ', arguments)}: {said}");
        return said;
    }

    private static async Task<(int Exit, string Said)> RunAsync(string[] arguments)
    {
        var output = new StringWriter();
        return (await TdsCommand.RunAsync(arguments, output, output, TestContext.Current.CancellationToken), output.ToString());
    }
}
