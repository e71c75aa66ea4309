using System.Text.Json;
using TrustedDataSpace.Cli.Demo;

namespace TrustedDataSpace.Cli.Reports;

/// <summary>One JSON document when all is over: for programs.</summary>
internal sealed class JsonReport(TextWriter output) : IDemoReport
{
    public async Task<IReadOnlyList<StepResult>> ShowAsync(IReadOnlyList<DemoStep> steps, IAsyncEnumerable<StepResult> results)
    {
        var all = new List<StepResult>();
        await foreach (var result in results)
        {
            all.Add(result);
        }

        var document = new { passed = all.Count(result => result.Passed), failed = all.Count(result => !result.Passed), steps = all };
        await output.WriteLineAsync(JsonSerializer.Serialize(document, ReadableJson.Options));
        return all;
    }
}
