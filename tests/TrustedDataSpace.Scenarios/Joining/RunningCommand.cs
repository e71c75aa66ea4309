using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Joining;

/// <summary>A command that runs until it is told to stop, in the background.</summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Announcements output;

    private RunningCommand(string announcement, string[] arguments)
    {
        output = new Announcements(announcement);
        Ended = TdsCommand.RunAsync(arguments, output, output, stop.Token);
    }

    /// <summary>The exit code.</summary>
    public Task<int> Ended { get; }

    /// <summary>Returns when the command has written a line with the announcement.</summary>
    public static async Task<RunningCommand> StartAsync(string announcement, params string[] arguments)
    {
        var command = new RunningCommand(announcement, arguments);
        var first = await Task.WhenAny(command.Ended, command.output.Announced).Within($"tds {string.Join(' ', arguments)} to say '{announcement}'");
        Assert.True(first == command.output.Announced, $"The command ended: {command.output}");
        return command;
    }

    public override string ToString() => output.ToString();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Ended.Within("a command to stop");
        stop.Dispose();
        await output.DisposeAsync();
    }

    private sealed class Announcements(string announcement) : StringWriter
    {
        private readonly TaskCompletionSource announced = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Announced => announced.Task;

        public override async Task WriteLineAsync(string? value)
        {
            await base.WriteLineAsync(value);
            if (value?.Contains(announcement, StringComparison.Ordinal) == true)
            {
                announced.TrySetResult();
            }
        }
    }
}
