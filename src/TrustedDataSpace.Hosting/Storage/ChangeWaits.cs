namespace TrustedDataSpace.Hosting.Storage;

/// <summary>Who waits for a change of one thing. A commit wakes those alone that wait for what it changed, however many wait for something else.</summary>
internal sealed class ChangeWaits
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Waiting> waiting = [];

    /// <summary>Joins those who wait for the next change. Joined before the look at the committed state, so that no change between is missed.</summary>
    public Waiting Join(string key)
    {
        lock (gate)
        {
            if (!waiting.TryGetValue(key, out var present))
            {
                waiting[key] = present = new Waiting();
            }

            present.Count++;
            return present;
        }
    }

    /// <summary>Waits no longer: what nobody waits for is forgotten.</summary>
    public void Leave(string key, Waiting left)
    {
        lock (gate)
        {
            if (--left.Count == 0 && waiting.TryGetValue(key, out var present) && present == left)
            {
                waiting.Remove(key);
            }
        }
    }

    /// <summary>The change is committed.</summary>
    public void Wake(string key)
    {
        lock (gate)
        {
            if (waiting.Remove(key, out var woken))
            {
                woken.Changed.SetResult();
            }
        }
    }

    /// <summary>Those who wait for the same change.</summary>
    internal sealed class Waiting
    {
        public TaskCompletionSource Changed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Count { get; set; }
    }
}
