namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>The messages for one peer, as the loop of the delivery sees them. The rows themselves stay in the database.</summary>
internal sealed class OutboxLane(string peer, OutboxOptions options)
{
    /// <summary>DID, or <see cref="OutboxQueue.NoPeer"/>.</summary>
    public string Peer { get; } = peer;

    /// <summary>Of the peer; null in the lane of nobody: those messages have nothing in common that could be away.</summary>
    public PeerCircuit? Circuit { get; } = peer == OutboxQueue.NoPeer ? null : new PeerCircuit(options);

    /// <summary>Ids of the messages that are under way.</summary>
    public HashSet<string> UnderWay { get; } = [];

    /// <summary>Whether it stands in the line of lanes to be looked at.</summary>
    public bool InLine { get; set; }

    /// <summary>Whether messages may be due that had no room at the last look: the end of one that is under way makes room.</summary>
    public bool HasMore { get; set; } = true;

    /// <summary>Whether messages may wait for a later time. True at the start, when nobody knows.</summary>
    public bool HasLater { get; set; } = true;

    /// <summary>When it must be looked at without news.</summary>
    public DateTimeOffset? WakeAt { get; set; }

    /// <summary>How many more messages may go now.</summary>
    public int Room(DateTimeOffset now) => Circuit?.Allows(UnderWay.Count, now) ?? Math.Max(0, (options.Parallel / 2) - UnderWay.Count);
}
