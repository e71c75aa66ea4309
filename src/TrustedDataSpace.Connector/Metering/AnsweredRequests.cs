using System.Collections.Concurrent;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Requests of which a consumer was told that they never came: it has given them up, so they must not be served when they come after all. In memory,
/// and for a little longer than a signature counts: what was signed for an earlier process is refused anyway.
/// </summary>
internal sealed class AnsweredRequests(TimeProvider clock)
{
    private const int Most = 100_000;
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(3);

    private readonly ConcurrentDictionary<(string Flow, string Id), bool> answered = new();
    private readonly ConcurrentQueue<((string Flow, string Id) Request, DateTimeOffset Until)> order = new();
    private volatile int count;

    /// <summary>Whether it was given up. Every data request asks.</summary>
    public bool Contains(string flow, string id) => count > 0 && answered.ContainsKey((flow, id));

    /// <summary>It is not served from now on.</summary>
    /// <exception cref="RefusalException">Unavailable: too many are remembered.</exception>
    public void Add(string flow, string id)
    {
        var now = clock.GetUtcNow();
        while (order.TryPeek(out var oldest) && (oldest.Until <= now || oldest.Until > now + Remembered) && order.TryDequeue(out oldest))
        {
            answered.TryRemove(oldest.Request, out _);
        }

        if (order.Count >= Most)
        {
            throw new RefusalException(RefusalCode.Unavailable, "Too many requests were asked about that never came.");
        }

        answered[(flow, id)] = true;
        order.Enqueue(((flow, id), now + Remembered));
        count = order.Count;
    }

    /// <summary>It was there.</summary>
    public void Remove(string flow, string id) => answered.TryRemove((flow, id), out _);
}
