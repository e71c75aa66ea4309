namespace TrustedDataSpace.Connector.Events;

/// <summary>When one stream must end. Disposed of with the stream.</summary>
internal sealed class StreamEnd : IAsyncDisposable
{
    private readonly CancellationTokenSource end;
    private readonly CancellationTokenSource timer;
    private readonly Task watch;

    /// <param name="end">Cancelled by time, reader or service.</param>
    /// <param name="timer">The part of it that is time.</param>
    /// <param name="takenBack">Completes when the credential is taken back.</param>
    public StreamEnd(CancellationTokenSource end, CancellationTokenSource timer, Func<CancellationToken, Task> takenBack)
    {
        this.end = end;
        this.timer = timer;
        watch = WatchAsync(takenBack);
    }

    public CancellationToken Token => end.Token;

    public async ValueTask DisposeAsync()
    {
        // Nobody waits for the credential any longer.
        await end.CancelAsync();
        await watch;
        end.Dispose();
        timer.Dispose();
    }

    private async Task WatchAsync(Func<CancellationToken, Task> takenBack)
    {
        try
        {
            await takenBack(end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The stream has ended first.
        }
        finally
        {
            // Also when it cannot be watched any more: a stream that nobody could take back must not go on.
            await end.CancelAsync();
        }
    }
}
