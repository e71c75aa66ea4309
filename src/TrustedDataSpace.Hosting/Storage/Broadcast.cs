namespace TrustedDataSpace.Hosting.Storage;

/// <summary>Wakes everybody who waits. Take <see cref="Next"/> before the look at the table: news between look and wait still wakes.</summary>
public sealed class Broadcast
{
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the next <see cref="Set"/>.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    /// <summary>Wakes all that wait now.</summary>
    public void Set() => Interlocked.Exchange(ref next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
