namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>A message that a committed change promised to send.</summary>
public sealed record OutboxMessage
{
    /// <summary>Sortable id; the receiver may see the same message more than once.</summary>
    public string Id { get; init; } = "";

    /// <summary>Which <see cref="IOutboxHandler"/> delivers it.</summary>
    public string Topic { get; init; } = "";

    /// <summary>What must stay in order: messages to one destination are delivered one after the other.</summary>
    public string Destination { get; init; } = "";

    /// <summary>DID of who it is for; empty: nobody in particular, such as a step of this service.</summary>
    public string Peer { get; init; } = "";

    /// <summary>The handler's own document.</summary>
    public string Body { get; init; } = "";

    /// <summary>When the change was committed, Unix milliseconds.</summary>
    public long CreatedAt { get; init; }

    /// <summary>Failed attempts so far.</summary>
    public long Attempts { get; init; }

    /// <summary>Not before, Unix milliseconds.</summary>
    public long NextAt { get; init; }
}
