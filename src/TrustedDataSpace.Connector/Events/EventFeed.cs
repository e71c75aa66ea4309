using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Events;

/// <summary>
/// What this connector has committed, in the order of the commits: a view over the evidence, which each step writes in its own unit of
/// work. So there is no event without its effect, no effect without its event, and nothing to be kept beside it.
/// </summary>
internal sealed class EventFeed(EvidenceTrail trail)
{
    // With the largest entries, 64 KiB each, this is what a reader holds in memory.
    private const int MostRead = 100;

    /// <summary>Completes when there is news. Take it before the look.</summary>
    public Task News => trail.Appended.Next;

    /// <summary>The present end of the feed.</summary>
    public string End => trail.LastId();

    /// <summary>Events behind that position, oldest first.</summary>
    /// <param name="after">Position.</param>
    /// <param name="filter">Which.</param>
    /// <param name="most">How many at most.</param>
    public FeedPart Read(string after, EventFilter filter, int most)
    {
        var size = filter.TakesAll ? Math.Min(most, MostRead) : MostRead;
        var looked = trail.After(after, size);
        var events = new List<EventView>();
        var position = after;
        foreach (var entry in looked)
        {
            if (events.Count == most)
            {
                return new FeedPart(events, position, IsEnd: false);
            }

            position = entry.Id;
            if (filter.Takes(entry))
            {
                events.Add(View(entry));
            }
        }

        return new FeedPart(events, position, IsEnd: looked.Count < size);
    }

    private static EventView View(EvidenceEntry entry) => new()
    {
        Id = entry.Id,
        Kind = entry.Kind,
        Time = entry.Time,
        Agreement = entry.Agreement,
        Process = entry.Process,
        Data = entry.Data,
    };
}

/// <summary>Some events.</summary>
/// <param name="Events">Oldest first; may be empty, because only so many are looked at.</param>
/// <param name="Position">Up to here all were looked at.</param>
/// <param name="IsEnd">Whether there was nothing behind it.</param>
internal sealed record FeedPart(IReadOnlyList<EventView> Events, string Position, bool IsEnd);
