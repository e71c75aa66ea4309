using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.PowerGrid;

/// <summary><c>tds up</c> in the background, until disposed.</summary>
internal sealed class RunningSpace : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Announcements output = new();
    private Task<int> run = Task.FromResult(0);

    /// <summary>Returns when the space says that it is running.</summary>
    public static async Task<RunningSpace> StartAsync(string sample, string data)
    {
        var space = new RunningSpace();
        space.run = TdsCommand.RunAsync(["up", sample, "--data", data], space.output, space.output, space.stop.Token);
        var first = await Task.WhenAny(space.run, space.output.Running).Within("the space to start");
        Assert.True(first == space.output.Running, $"The space ended: {space.output}");
        return space;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        Assert.Equal(0, await run.Within("the space to stop"));
        stop.Dispose();
        await output.DisposeAsync();
    }

    private sealed class Announcements : StringWriter
    {
        private readonly TaskCompletionSource running = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Running => running.Task;

        public override async Task WriteLineAsync(string? value)
        {
            await base.WriteLineAsync(value);
            if (value?.Contains("is running", StringComparison.Ordinal) == true)
            {
                running.TrySetResult();
            }
        }
    }
}
