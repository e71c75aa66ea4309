using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary><c>tds policy test [PATH]...</c>: the same tests as <c>opa test PATH</c>, with the engine that decides in the connectors.</summary>
internal static class PolicyTestCommand
{
    private const int MostTraceLines = 60;

    public static Command Create()
    {
        var paths = new Argument<string[]>("PATH") { Description = "Folders or .rego files. Default: the policies that come with tds.", Arity = ArgumentArity.ZeroOrMore };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Show tests that pass, too." };
        var run = new Option<string?>("--run", "-r") { Description = "Only tests whose path contains this.", HelpName = "TEXT" };
        var coverage = new Option<bool>("--coverage", "-c") { Description = "Show which lines the tests cover, and name those they do not." };
        var threshold = new Option<double?>("--threshold") { Description = "Fail when less is covered, in percent of the lines that are no tests.", HelpName = "PERCENT" };
        var json = new Option<bool>("--json") { Description = "Write the results as JSON; the coverage as OPA writes it." };
        var command = new Command("test", "Run the tests (rules named test_*) of policies in Rego. A failed test is shown with the conditions at which it ended.") { paths, verbose, run, coverage, threshold, json };
        command.SetAction((parsed, cancellation) => RunAsync(
            PolicySource.Read(parsed.GetValue(paths) ?? [], []),
            new Wanted(parsed.GetValue(verbose), parsed.GetValue(run), parsed.GetValue(coverage), parsed.GetValue(threshold), parsed.GetValue(json)),
            parsed.InvocationConfiguration.Output,
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(PolicySource source, Wanted wanted, TextWriter output, CancellationToken cancellation)
    {
        RegoTestRun run;
        try
        {
            run = RegoTestRun.Of(source.Modules, source.Data, wanted.Run is { } text ? name => name.Contains(text, StringComparison.Ordinal) : null, cancellation);
        }
        catch (RegoCompileException failure)
        {
            await output.WriteLineAsync(failure.Message);
            return ExitCode.Failed;
        }

        // The lines of tests are no measure of what tests reach.
        var coverage = new RegoCoverage([.. run.Coverage.Files.Where(file => !file.Name.EndsWith("_test.rego", StringComparison.Ordinal))]);
        var failed = run.Tests.Count(test => !test.Result.Passed);
        if (wanted.Json)
        {
            await output.WriteLineAsync(TestJson.Of(run, coverage));
        }
        else
        {
            await ShowAsync(run, coverage, wanted, output);
            await output.WriteLineAsync(run.Tests.Count == 0 && wanted.Run is { } name
                ? $"No test has '{name}' in its path. Without --run, --verbose lists the paths of all."
                : $"{run.Tests.Count - failed} tests passed, {failed} failed ({source.Modules.Count} files)");
        }

        // Nothing tested is no success: the folder is probably the wrong one.
        var covered = wanted.Threshold is not { } least || coverage.Percent >= least;
        return failed == 0 && run.Tests.Count > 0 && covered ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task ShowAsync(RegoTestRun run, RegoCoverage coverage, Wanted wanted, TextWriter output)
    {
        foreach (var test in run.Tests.Where(test => wanted.Verbose || !test.Result.Passed))
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{test.Result} ({test.Elapsed.TotalMilliseconds:F2} ms)"));
            if (test.Trace is not null)
            {
                await ShowAsync([.. TraceText.Why(test.Trace)], output);
            }
        }

        if (wanted.Coverage || wanted.Threshold is not null)
        {
            foreach (var file in coverage.Files)
            {
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file.Name}: {file.Percent:F1} % of {file.Covered.Count + file.NotCovered.Count} lines{(file.NotCovered.Count == 0 ? "" : $", not covered: {string.Join(", ", file.NotCovered)}")}"));
            }

            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{coverage.Percent:F1} % covered"));
        }
    }

    private static async Task ShowAsync(List<string> trace, TextWriter output)
    {
        foreach (var line in trace.Take(MostTraceLines))
        {
            await output.WriteLineAsync("    " + line);
        }

        if (trace.Count > MostTraceLines)
        {
            await output.WriteLineAsync($"    ({trace.Count - MostTraceLines} more lines: tds policy explain shows them all)");
        }
    }

    private sealed record Wanted(bool Verbose, string? Run, bool Coverage, double? Threshold, bool Json);
}

/// <summary>Results for programs.</summary>
internal static class TestJson
{
    public static string Of(RegoTestRun run, RegoCoverage coverage) => JsonSerializer.Serialize(
        new Dictionary<string, object>
        {
            ["tests"] = run.Tests.Select(Test),
            ["coverage"] = new Dictionary<string, object>
            {
                ["files"] = coverage.Files.ToDictionary(file => file.Name, File),
                ["covered_lines"] = coverage.Files.Sum(file => file.Covered.Count),
                ["not_covered_lines"] = coverage.Files.Sum(file => file.NotCovered.Count),
                ["coverage"] = Math.Round(coverage.Percent, 2),
            },
        },
        ReadableJson.Options);

    private static Dictionary<string, object?> Test(TracedTestResult test) => new()
    {
        ["name"] = test.Result.Name,
        ["location"] = new Dictionary<string, object> { ["file"] = test.Result.Location.File, ["row"] = test.Result.Location.Line, ["col"] = test.Result.Location.Column },
        ["passed"] = test.Result.Passed,
        ["message"] = test.Result.Message,
        ["duration"] = (long)(test.Elapsed.TotalMilliseconds * 1_000_000),
        ["trace"] = test.Trace is null ? null : TraceText.Why(test.Trace),
    };

    private static Dictionary<string, object> File(FileCoverage file) => new()
    {
        ["covered"] = Ranges(file.Covered),
        ["not_covered"] = Ranges(file.NotCovered),
        ["covered_lines"] = file.Covered.Count,
        ["not_covered_lines"] = file.NotCovered.Count,
        ["coverage"] = Math.Round(file.Percent, 2),
    };

    private static List<Dictionary<string, Dictionary<string, int>>> Ranges(IReadOnlyList<int> lines)
    {
        var ranges = new List<(int Start, int End)>();
        foreach (var line in lines)
        {
            if (ranges.Count > 0 && ranges[^1].End == line - 1)
            {
                ranges[^1] = (ranges[^1].Start, line);
            }
            else
            {
                ranges.Add((line, line));
            }
        }

        return [.. ranges.Select(range => new Dictionary<string, Dictionary<string, int>> { ["start"] = new() { ["row"] = range.Start }, ["end"] = new() { ["row"] = range.End } })];
    }
}
