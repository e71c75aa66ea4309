using System.Globalization;
using Spectre.Console;
using TrustedDataSpace.Cli.Demo;

namespace TrustedDataSpace.Cli.Reports;

/// <summary>Progress while the steps run, then a table: for a terminal.</summary>
internal sealed class TableReport(IAnsiConsole console) : IDemoReport
{
    public async Task<IReadOnlyList<StepResult>> ShowAsync(IReadOnlyList<DemoStep> steps, IAsyncEnumerable<StepResult> results)
    {
        var all = new List<StepResult>();
        await console.Progress().AutoClear(true).Columns(new SpinnerColumn(), new ProgressBarColumn(), new TaskDescriptionColumn()).StartAsync(async progress =>
        {
            var task = progress.AddTask(Markup.Escape(steps[0].Title), maxValue: steps.Count);
            await foreach (var result in results)
            {
                all.Add(result);
                task.Description = Markup.Escape(steps[Math.Min(all.Count, steps.Count - 1)].Title);
                task.Value = all.Count;
            }
        });
        console.Write(Table(all));
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[bold {(all.TrueForAll(result => result.Passed) ? "green" : "red")}]{Report.Summary(all)}[/]");
        return all;
    }

    private static Table Table(List<StepResult> results)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumn(new TableColumn("#").RightAligned()).AddColumn("").AddColumn("step").AddColumn(new TableColumn("ms").RightAligned()).AddColumn("what it proved");
        foreach (var result in results)
        {
            table.AddRow(
                result.Number.ToString(CultureInfo.InvariantCulture),
                result.Passed ? "[green]ok[/]" : "[red]FAIL[/]",
                Markup.Escape(result.Title),
                result.Milliseconds.ToString(CultureInfo.InvariantCulture),
                result.Passed ? Markup.Escape(result.Proof) : $"[red]{Markup.Escape(result.Proof)}[/]");
        }

        return table;
    }
}
