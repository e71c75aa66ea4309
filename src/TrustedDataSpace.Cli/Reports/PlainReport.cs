using TrustedDataSpace.Cli.Demo;

namespace TrustedDataSpace.Cli.Reports;

/// <summary>One line for each step, as it comes, without colour: for files, pipes and logs.</summary>
internal sealed class PlainReport(TextWriter output) : IDemoReport
{
    public async Task<IReadOnlyList<StepResult>> ShowAsync(IReadOnlyList<DemoStep> steps, IAsyncEnumerable<StepResult> results)
    {
        var width = steps.Max(step => step.Title.Length);
        var all = new List<StepResult>();
        await foreach (var result in results)
        {
            all.Add(result);
            await output.WriteLineAsync($"{result.Number,2}  {(result.Passed ? "ok  " : "FAIL")}  {result.Title.PadRight(width)}  {result.Milliseconds,5} ms  {result.Proof}");
        }

        await output.WriteLineAsync(Report.Summary(all));
        return all;
    }
}
