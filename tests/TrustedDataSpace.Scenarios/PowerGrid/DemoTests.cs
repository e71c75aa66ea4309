using System.Text.Json;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Cli.Demo;
using TrustedDataSpace.Cli.Space;
using Xunit;

namespace TrustedDataSpace.Scenarios.PowerGrid;

/// <summary>The whole demonstration, as a user starts it.</summary>
public sealed class DemoTests
{
    private const int LeastSteps = 32;

    [Fact]
    public async Task Demonstration_passes_every_step_and_says_evidence_verified()
    {
        var lines = await RunAsync("demo", "power-grid");
        var steps = lines.Length - 1;
        Assert.True(steps >= LeastSteps);
        Assert.Equal($"{steps} steps passed, 0 failed", lines[^1]);
        Assert.Contains(lines, line => line.Contains("evidence verified", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("total 233.28 CNY; both connectors show the same bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Demonstration_passes_again_on_another_day()
    {
        var lines = await RunAsync("demo", "power-grid", "--json", "--clock", "2027-01-02T00:10:00+08:00");
        using var document = JsonDocument.Parse(string.Join('\n', lines));
        Assert.Equal(0, document.RootElement.GetProperty("failed").GetInt32());
        Assert.True(document.RootElement.GetProperty("passed").GetInt32() >= LeastSteps);
    }

    [Fact]
    public async Task Rows_that_the_consumer_gets_are_the_measured_file()
    {
        await using var space = new DemoSpace(PowerGridDemo.Definition(), PowerGridDemo.DefaultStart);
        var steps = PowerGridDemo.Steps(space).TakeWhile(step => step.Name != "demand").ToList();
        await foreach (var result in DemoRunner.RunAsync(steps, TestContext.Current.CancellationToken))
        {
            Assert.True(result.Passed, $"{result.Title}: {result.Proof}");
        }

        var received = await space.FetchAsync("system_demand_48", "", "inference", TestContext.Current.CancellationToken);
        var file = await File.ReadAllTextAsync(Path.Combine(Samples.Folder("power-grid"), "data", "demand-half-hourly.csv"), TestContext.Current.CancellationToken);
        Assert.Equal(file, received);
        Assert.Equal(84, received.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1);
    }

    [Fact]
    public async Task Changed_byte_of_the_exported_evidence_is_found_by_tds_log_verify()
    {
        await using var space = new DemoSpace(PowerGridDemo.Definition(), PowerGridDemo.DefaultStart);
        await foreach (var result in DemoRunner.RunAsync(PowerGridDemo.Steps(space), TestContext.Current.CancellationToken))
        {
            Assert.True(result.Passed, $"{result.Title}: {result.Proof}");
        }

        var (good, said) = await VerifyAsync(space.EvidenceFile);
        Assert.Equal(Cli.ExitCode.Ok, good);
        Assert.Contains("evidence verified", said, StringComparison.Ordinal);

        var bytes = await File.ReadAllBytesAsync(space.EvidenceFile, TestContext.Current.CancellationToken);
        foreach (var place in new[] { 0, bytes.Length / 3, bytes.Length - 2 })
        {
            var altered = (byte[])bytes.Clone();
            altered[place] ^= 1;
            var copy = Path.Combine(space.Folder.Path, "copy.txt");
            await File.WriteAllBytesAsync(copy, altered, TestContext.Current.CancellationToken);
            (var bad, said) = await VerifyAsync(copy);
            Assert.Equal(Cli.ExitCode.Failed, bad);
            Assert.Contains($"{copy}:{1 + bytes.AsSpan(0, place).Count((byte)'\n')}: ", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Statement_of_the_month_is_the_same_at_both_connectors_by_tds_statement()
    {
        await using var space = new DemoSpace(PowerGridDemo.Definition(), PowerGridDemo.DefaultStart);
        await foreach (var result in DemoRunner.RunAsync(PowerGridDemo.Steps(space), TestContext.Current.CancellationToken))
        {
            Assert.True(result.Passed, $"{result.Title}: {result.Proof}");
        }

        string[] month = ["statement", space.Agreements["load_curve_96"], "--from", "2026-05-12T00:00:00+08:00", "--to", "2026-06-11T00:00:00+08:00", "--data", space.Folder.Path];
        var provider = await RunAsync([.. month, "--participant", "grid", "--json"]);
        Assert.Equal(provider, await RunAsync([.. month, "--participant", "vpp", "--json"]));
        Assert.Contains("\"total\":\"233.28\"", Assert.Single(provider), StringComparison.Ordinal);

        var table = await RunAsync([.. month, "--participant", "vpp"]);
        Assert.EndsWith(" 233.28 CNY", table[^1], StringComparison.Ordinal);
        Assert.Contains(table, line => line.StartsWith("infer retry (not billed)", StringComparison.Ordinal));
    }

    private static async Task<(int Code, string Output)> VerifyAsync(string file)
    {
        var output = new StringWriter();
        return (await TdsCommand.RunAsync(["log", "verify", file], output, output, TestContext.Current.CancellationToken), output.ToString());
    }

    private static async Task<string[]> RunAsync(params string[] arguments)
    {
        var output = new StringWriter();
        var code = await TdsCommand.RunAsync(arguments, output, output, TestContext.Current.CancellationToken);
        Assert.True(code == Cli.ExitCode.Ok, output.ToString());
        return output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
