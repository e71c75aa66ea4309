using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Cli.Sources;
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
        var consumer = await JoinAsync(Vpp, "vpp", "virtual-power-plant", "sandbox-operator");
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

            await SettleAMonthAsync();

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

    /// <summary>The load curves of the demonstration: a month for training, thirty days for inference, one of them twice; only what the contract delivers counts.</summary>
    private async Task SettleAMonthAsync()
    {
        await using var source = await SourceApi.StartAsync(0, "source-secret", Path.Combine(Samples.Folder("power-grid"), "data", "demand-half-hourly.csv"));
        var agreement = await CurvesContractAsync(source.Url);
        await TdsAsync(["app", "add", "--name", "month", "--person", "Li Wei", "--purpose", "inference", "--purpose", "training", "--agreement", agreement, "--secret-file", temp["curves-secret"], .. Config("vpp")]);
        await TdsAsync("get", agreement, "--purpose", "training", "--secret-file", temp["curves-secret"], "--config", Path.Combine(temp["vpp"], "connector.json"));
        for (var day = 0; day <= 30; day++)
        {
            // The last call repeats the first.
            var date = new DateOnly(2026, 5, 1).AddDays(day % 30).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            await TdsAsync(["get", agreement, "?date=" + date, "--key", "day-" + date, "--secret-file", temp["curves-secret"], .. Config("vpp")]);
        }

        var usage = await JsonAsync(["usage", agreement, .. Config("vpp")]);
        Assert.Equal(usage.GetRawText(), (await JsonAsync(["usage", agreement, .. Config("grid")])).GetRawText());
        Assert.Equal(
            [("inference", "ok", 30L, 144_000L), ("inference", "retry", 1L, 4_800L), ("training", "ok", 1L, 148_800L)],
            usage.GetProperty("counts").EnumerateArray().Select(count => (
                count.GetProperty("purpose").GetString()!, count.GetProperty("outcome").GetString()!, count.GetProperty("requests").GetInt64(), count.GetProperty("rows").GetInt64())));
    }

    private async Task<string> CurvesContractAsync(string sourceUrl)
    {
        // The hours of the sample would refuse most of the day: these are the hours around now.
        var hour = TimeProvider.System.GetUtcNow().ToOffset(TimeSpan.FromHours(8)).Hour;
        var offer = (await File.ReadAllTextAsync(Path.Combine(Samples.Folder("power-grid"), "offers", "load_curve_96.json")))
            .Replace("00:00-09:00+08:00", $"{(hour + 23) % 24:00}:00-{(hour + 3) % 24:00}:00+08:00", StringComparison.Ordinal)
            .Replace("2031-05-01", "2131-05-01", StringComparison.Ordinal);
        await File.WriteAllTextAsync(temp["curves-offer.json"], offer);
        await File.WriteAllTextAsync(temp["curves.yaml"], $"""
            asset:
              id: load_curve_96
              sourceUrl: {sourceUrl}/load_curve_96
              sourceHeaders:
                {SourceApi.CredentialHeader}: source-secret
            product:
              id: load_curve_96
              title: Load curves
              classification: personal
            offer: {temp["curves-offer.json"]}
            """);
        await TdsAsync(["product", "publish", temp["curves.yaml"], .. Config("grid")]);
        var contract = await JsonAsync(["negotiate", "--provider", Grid, "--dataset", "load_curve_96", "--offer", "offer:load_curve_96:1", "--wait", .. Config("vpp")]);
        var agreement = contract.GetProperty("agreementId").GetString()!;
        await TdsAsync(["transfer", "start", agreement, .. Config("vpp")]);
        return agreement;
    }

    private async Task<ServiceProcess> JoinAsync(string id, string name, params string[] roles)
    {
        var invite = await JsonAsync(["participant", "invite", "--name", name, "--region", "44", .. roles.SelectMany(role => new[] { "--role", role }), "--pre-approved", .. Operator]);
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
