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

    private static async Task<string[]> RunAsync(params string[] arguments)
    {
        var output = new StringWriter();
        var code = await TdsCommand.RunAsync(arguments, output, output, TestContext.Current.CancellationToken);
        Assert.True(code == Cli.ExitCode.Ok, output.ToString());
        return output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
