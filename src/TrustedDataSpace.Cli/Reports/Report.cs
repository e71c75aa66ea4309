using Spectre.Console;
using TrustedDataSpace.Cli.Demo;

namespace TrustedDataSpace.Cli.Reports;

/// <summary>Shows the steps of a demonstration as they come.</summary>
internal interface IDemoReport
{
    /// <summary>Shows all results, and returns them.</summary>
    Task<IReadOnlyList<StepResult>> ShowAsync(IReadOnlyList<DemoStep> steps, IAsyncEnumerable<StepResult> results);
}

/// <summary>The report for an output.</summary>
internal static class Report
{
    /// <summary>JSON if asked for; a table with progress on a terminal; else plain lines.</summary>
    public static IDemoReport For(TextWriter output, bool json) => (json, ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected) switch
    {
        (true, _) => new JsonReport(output),
        (false, true) => new TableReport(AnsiConsole.Console),
        _ => new PlainReport(output),
    };

    /// <summary>The last line of every report for people.</summary>
    public static string Summary(IReadOnlyList<StepResult> results) =>
        $"{results.Count(result => result.Passed)} steps passed, {results.Count(result => !result.Passed)} failed";
}
