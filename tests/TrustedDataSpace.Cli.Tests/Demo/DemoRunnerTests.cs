using TrustedDataSpace.Cli.Demo;
using TrustedDataSpace.Cli.Reports;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Demo;

public sealed class DemoRunnerTests
{
    [Fact]
    public async Task Step_that_needs_a_failed_one_is_not_run_and_counts_as_failed()
    {
        var ran = new List<string>();
        DemoStep[] steps =
        [
            Step("a", ran),
            new("b", "B", _ => throw new StepFailedException("yes", "no")),
            Step("c", ran, "b"),
            Step("d", ran, "c"),
            Step("e", ran, "a"),
        ];
        var results = await RunAsync(steps);
        Assert.Equal([true, false, false, false, true], results.Select(result => result.Passed));
        Assert.Equal(["a", "e"], ran);
        Assert.Equal("expected yes; seen: no", results[1].Proof);
        Assert.Contains("'b'", results[2].Proof, StringComparison.Ordinal);
        Assert.Equal("2 steps passed, 3 failed", Report.Summary(results));
    }

    [Fact]
    public async Task Any_failure_is_the_result_of_its_step()
    {
        var results = await RunAsync([new("a", "A", _ => throw new InvalidOperationException("broken"))]);
        Assert.Equal("InvalidOperationException: broken", Assert.Single(results).Proof);
    }

    [Fact]
    public async Task Stopping_ends_the_run()
    {
        using var stop = new CancellationTokenSource();
        var steps = new DemoStep[] { new("a", "A", async cancellation => { await stop.CancelAsync(); cancellation.ThrowIfCancellationRequested(); return ""; }) };
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in DemoRunner.RunAsync(steps, stop.Token))
            {
            }
        });
    }

    [Fact]
    public async Task Plain_report_ends_with_the_summary_line()
    {
        var output = new StringWriter();
        DemoStep[] steps = [Step("a", []), new("b", "B", _ => throw new StepFailedException("yes", "no"))];
        await new PlainReport(output).ShowAsync(steps, DemoRunner.RunAsync(steps, default));
        var lines = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Contains("FAIL", lines[1], StringComparison.Ordinal);
        Assert.Equal("1 steps passed, 1 failed", lines[^1]);
    }

    [Fact]
    public async Task Json_report_is_one_document()
    {
        var output = new StringWriter();
        DemoStep[] steps = [Step("a", [])];
        await new JsonReport(output).ShowAsync(steps, DemoRunner.RunAsync(steps, default));
        using var document = System.Text.Json.JsonDocument.Parse(output.ToString());
        Assert.Equal(1, document.RootElement.GetProperty("passed").GetInt32());
        Assert.Equal("a", document.RootElement.GetProperty("steps")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Table_report_shows_every_step_and_the_summary()
    {
        var output = new StringWriter();
        var console = Spectre.Console.AnsiConsole.Create(new Spectre.Console.AnsiConsoleSettings { Out = new Spectre.Console.AnsiConsoleOutput(output) });
        DemoStep[] steps = [new("a", "Title with [brackets]", _ => Task.FromResult("proof with [brackets]"))];
        await new TableReport(console).ShowAsync(steps, DemoRunner.RunAsync(steps, default));
        Assert.Contains("[brackets]", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 steps passed, 0 failed", output.ToString(), StringComparison.Ordinal);
    }

    private static DemoStep Step(string name, List<string> ran, params string[] needs) => new(
        name,
        name.ToUpperInvariant(),
        _ =>
        {
            ran.Add(name);
            return Task.FromResult("done");
        },
        needs);

    private static async Task<List<StepResult>> RunAsync(IReadOnlyList<DemoStep> steps)
    {
        var results = new List<StepResult>();
        await foreach (var result in DemoRunner.RunAsync(steps, default))
        {
            results.Add(result);
        }

        return results;
    }
}
