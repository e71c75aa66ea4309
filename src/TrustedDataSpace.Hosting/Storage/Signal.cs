namespace TrustedDataSpace.Hosting.Storage;

/// <summary>Wakes one waiting worker. Signals given while it is busy fold into one: the worker looks at the table, not at the signal.</summary>
public sealed class Signal : IDisposable
{
    private readonly SemaphoreSlim semaphore = new(0, 1);

    /// <summary>Wakes the worker, now or when it next waits.</summary>
    public void Set()
    {
        try
        {
            semaphore.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already set.
        }
    }

    /// <summary>Waits for a signal, until the time is over, or until cancelled; the worker's loop looks at the token itself.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellation) =>
        await ((Task)semaphore.WaitAsync(longest, cancellation)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <inheritdoc/>
    public void Dispose() => semaphore.Dispose();
}
