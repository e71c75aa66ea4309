namespace TrustedDataSpace.Hosting.Storage;

/// <summary>
/// What waits for the one thread that writes. It sleeps until something comes: to wait for a task, a thread spins first, which here was a
/// hundredth of all the processor time of a busy connector.
/// </summary>
internal sealed class CommandQueue<T>
{
    private readonly object gate = new();
    private readonly Queue<T> waiting = new();
    private bool isClosed;

    /// <summary>Adds one; false: it is closed.</summary>
    public bool TryAdd(T item)
    {
        lock (gate)
        {
            if (isClosed)
            {
                return false;
            }

            waiting.Enqueue(item);

            // The one who takes sleeps only when there is nothing.
            if (waiting.Count == 1)
            {
                Monitor.Pulse(gate);
            }

            return true;
        }
    }

    /// <summary>Takes what waits, up to so many, in order; waits until there is something. For one thread.</summary>
    /// <returns>False: it is closed, and all of it was taken.</returns>
    public bool Take(List<T> group, int most)
    {
        group.Clear();
        lock (gate)
        {
            while (waiting.Count == 0)
            {
                if (isClosed)
                {
                    return false;
                }

                Monitor.Wait(gate);
            }

            while (group.Count < most && waiting.TryDequeue(out var item))
            {
                group.Add(item);
            }

            return true;
        }
    }

    /// <summary>Nothing is added any more.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            Monitor.Pulse(gate);
        }
    }
}
