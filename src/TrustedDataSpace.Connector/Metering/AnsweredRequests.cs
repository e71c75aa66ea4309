using System.Collections.Concurrent;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Requests of which a consumer was told that they never came: it has given them up, so they must not be served when they come after all. In memory,
/// and for a little longer than a signature counts: what was signed for an earlier process is refused anyway. A plain bearer request that is held up
/// for longer than that is served.
/// </summary>
internal sealed class AnsweredRequests(TimeProvider clock)
{
    // Of a consumer that was killed under load some thousand are asked about at once. Each is some 250 bytes here.
    private const int MostOfFlow = 10_000;
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(3);

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<(string Flow, string Id), DateTimeOffset> answered = new();
    private readonly Dictionary<string, int> ofFlow = new(StringComparer.Ordinal);
    private readonly Queue<((string Flow, string Id) Request, DateTimeOffset Until)> order = new();
    private volatile int count;

    /// <summary>Whether it was given up. Every data request asks.</summary>
    public bool Contains(string flow, string id) => count > 0 && answered.ContainsKey((flow, id));

    /// <summary>It is not served from now on.</summary>
    /// <exception cref="RefusalException">Unavailable: too many of the flow are remembered.</exception>
    public void Add(string flow, string id)
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            Forget(now);
            if (ofFlow.GetValueOrDefault(flow) >= MostOfFlow)
            {
                throw new RefusalException(RefusalCode.Unavailable, "Too many requests of this flow were asked about that never came.");
            }

            if (answered.TryAdd((flow, id), now + Remembered))
            {
                order.Enqueue(((flow, id), now + Remembered));
                ofFlow[flow] = ofFlow.GetValueOrDefault(flow) + 1;
                count = order.Count;
            }
        }
    }

    /// <summary>It was there.</summary>
    public void Remove(string flow, string id) => answered.TryRemove((flow, id), out _);

    // Also what lies further ahead than it can: the clock was set back. One that was removed and added again has a later end of its own.
    private void Forget(DateTimeOffset now)
    {
        while (order.TryPeek(out var oldest) && (oldest.Until <= now || oldest.Until > now + Remembered))
        {
            order.Dequeue();
            answered.TryRemove(new(oldest.Request, oldest.Until));
            if (--ofFlow[oldest.Request.Flow] == 0)
            {
                ofFlow.Remove(oldest.Request.Flow);
            }
        }

        count = order.Count;
    }
}
