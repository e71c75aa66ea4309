namespace TrustedDataSpace.Hosting.Storage;

/// <summary>Wakes one waiting worker. Signals given while it is busy fold into one: the worker looks at the table, not at the signal.</summary>
public sealed class Signal : IDisposable
{
    private readonly SemaphoreSlim semaphore = new(0, 1);

    // 1 from a signal until the worker takes it. A full semaphore says the same by an exception, too dear for every commit.
    private int given;

    /// <summary>Wakes the worker, now or when it next waits.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref given, 1) == 0)
        {
            semaphore.Release();
        }
    }

    /// <summary>Waits for a signal, until the time is over, or until cancelled; the worker's loop looks at the token itself.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellation)
    {
        var waiting = semaphore.WaitAsync(longest, cancellation);
        await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (waiting.IsCompletedSuccessfully && await waiting)
        {
            // Only now may the next signal release again: the semaphore never holds more than one.
            Interlocked.Exchange(ref given, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => semaphore.Dispose();
}
