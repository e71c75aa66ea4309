namespace TrustedDataSpace.Cli.Commands;

/// <summary>Waiting for Ctrl+C.</summary>
internal static class Stop
{
    /// <summary>Returns when it is time to stop.</summary>
    public static async Task WaitAsync(CancellationToken cancellation)
    {
        var stopped = new TaskCompletionSource();
        await using var registration = cancellation.Register(stopped.SetResult);
        await stopped.Task;
    }
}
