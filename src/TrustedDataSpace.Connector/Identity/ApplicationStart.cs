namespace TrustedDataSpace.Connector.Identity;

internal static class ApplicationStart
{
    /// <summary>Completes when the server listens: before that, a service does not know its own address.</summary>
    public static async Task StartedAsync(this IHostApplicationLifetime lifetime, CancellationToken cancellation)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellation);
    }
}
