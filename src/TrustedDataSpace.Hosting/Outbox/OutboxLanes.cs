using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Configuration;

namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>
/// Which lane is looked at next: those with news in the order the news came in, each for one turn, so that a peer with ten thousand
/// messages and one with a single message get the same. Used by the one loop of the delivery, but for <see cref="Circuits"/>.
/// </summary>
internal sealed class OutboxLanes(ServiceSettings settings, OutboxMetrics metrics, ILogger<OutboxLanes> logger)
{
    private readonly ConcurrentDictionary<string, OutboxLane> lanes = new();
    private readonly Queue<OutboxLane> line = new();
    private readonly PriorityQueue<OutboxLane, DateTimeOffset> timers = new();
    private int underWay;

    /// <summary>The peers with failures, and how their circuits stand.</summary>
    public IEnumerable<(string Peer, CircuitState State)> Circuits =>
        from lane in lanes.Values
        let state = lane.Circuit?.Current
        where state is { Failures: > 0 }
        orderby lane.Peer
        select (lane.Peer, state);

    /// <summary>Something may be due there.</summary>
    public void Line(string peer) => Line(lanes.GetOrAdd(peer, new OutboxLane(peer, settings.Outbox)));

    /// <summary>The lanes to look at now, each with the number of messages that may go.</summary>
    public IEnumerable<(OutboxLane Lane, int Room)> Turns(DateTimeOffset now)
    {
        while (timers.TryPeek(out var woken, out var at) && at <= now)
        {
            timers.Dequeue();
            if (woken.WakeAt == at)
            {
                woken.WakeAt = null;
                Line(woken);
            }
        }

        // Those that line up again while others have their turn come after all of these.
        for (var left = line.Count; left > 0 && underWay < settings.Outbox.Parallel; left--)
        {
            var lane = line.Dequeue();
            lane.InLine = false;
            if (Math.Min(lane.Room(now), settings.Outbox.Parallel - underWay) is > 0 and var room)
            {
                yield return (lane, room);
                continue;
            }

            lane.HasMore = true;
            if (lane.Circuit?.Current.OpenUntil is { } until && until > now)
            {
                // It was woken for a message's own time, which came before the circuit's: without this nothing would wake it again.
                WakeAt(lane, until);
            }
        }
    }

    /// <summary>When the next lane must be looked at without news; null when none must.</summary>
    public DateTimeOffset? Next(DateTimeOffset now) =>
        line.Count > 0 && underWay < settings.Outbox.Parallel ? now : timers.TryPeek(out _, out var at) ? at : null;

    /// <summary>A message goes; false when it is under way already.</summary>
    public bool Begin(OutboxMessage message)
    {
        if (!lanes[message.Peer].UnderWay.Add(message.Id))
        {
            return false;
        }

        underWay++;
        return true;
    }

    /// <summary>Looks at the lane at that time, if not before.</summary>
    public void WakeAt(OutboxLane lane, DateTimeOffset when)
    {
        if (lane.WakeAt is null || when < lane.WakeAt)
        {
            lane.WakeAt = when;
            timers.Enqueue(lane, when);
        }
    }

    /// <summary>An attempt has ended. Returns how the peer stands now.</summary>
    public CircuitChange End(EndedAttempt ended, DateTimeOffset now)
    {
        var (message, outcome, reason) = ended;
        var lane = lanes[message.Peer];
        lane.UnderWay.Remove(message.Id);
        underWay--;
        var isGone = outcome is OutboxOutcome.Delivered or OutboxOutcome.Refused or OutboxOutcome.Expired;
        lane.HasLater |= !isGone;
        if (!isGone || lane.HasMore)
        {
            // Of what became due behind one that is gone, its removal has told.
            Line(lane);
        }

        metrics.Ended(message.Topic, outcome);
        return outcome switch
        {
            OutboxOutcome.NotTried => CircuitChange.None,
            OutboxOutcome.Failed or OutboxOutcome.Expired => Failed(lane, message.Destination, reason ?? "", now),
            _ => Answered(lane),
        };
    }

    private CircuitChange Failed(OutboxLane lane, string destination, string reason, DateTimeOffset now)
    {
        var wasOpen = lane.Circuit?.Current.OpenUntil is not null;
        if (lane.Circuit?.Failed(destination, reason, now) is { } pause)
        {
            logger.PeerIsAway(lane.Peer, lane.Circuit.Current.Failures, pause, reason);
            metrics.Opened(wasOpen ? 0 : 1);
            WakeAt(lane, now + pause);
            return CircuitChange.Opened;
        }

        return CircuitChange.None;
    }

    private CircuitChange Answered(OutboxLane lane)
    {
        if (lane.Circuit?.Answered() != true)
        {
            return CircuitChange.None;
        }

        logger.PeerIsBack(lane.Peer);
        metrics.Opened(-1);
        return CircuitChange.Closed;
    }

    private void Line(OutboxLane lane)
    {
        if (!lane.InLine)
        {
            lane.InLine = true;
            line.Enqueue(lane);
        }
    }
}

/// <summary>What an attempt has changed about a peer.</summary>
internal enum CircuitChange
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is away, or goes on being away.</summary>
    Opened,

    /// <summary>It is back.</summary>
    Closed,
}
