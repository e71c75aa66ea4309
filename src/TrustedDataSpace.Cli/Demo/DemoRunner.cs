using System.Runtime.CompilerServices;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>Runs steps in order. A step that needs one that failed is not run, and counts as failed.</summary>
internal static class DemoRunner
{
    /// <summary>One result for each step, as it comes.</summary>
    public static async IAsyncEnumerable<StepResult> RunAsync(IReadOnlyList<DemoStep> steps, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var failed = new HashSet<string>();
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            var result = step.Needs.FirstOrDefault(failed.Contains) is { } missing
                ? new StepResult(i + 1, step.Name, step.Title, false, $"not run: it needs the step '{missing}', which failed", 0)
                : await RunAsync(i + 1, step, cancellation);
            if (!result.Passed)
            {
                failed.Add(step.Name);
            }

            yield return result;
        }
    }

    private static async Task<StepResult> RunAsync(int number, DemoStep step, CancellationToken cancellation)
    {
        var start = TimeProvider.System.GetTimestamp();
        var (passed, proof) = await ProveAsync(step, cancellation);
        return new StepResult(number, step.Name, step.Title, passed, proof, (long)TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
    }

    // Whatever goes wrong in a step is that step's result; only being told to stop ends the run.
    private static async Task<(bool Passed, string Proof)> ProveAsync(DemoStep step, CancellationToken cancellation)
    {
        try
        {
            return (true, await step.Run(cancellation));
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            return (false, failure is StepFailedException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}");
        }
    }
}
