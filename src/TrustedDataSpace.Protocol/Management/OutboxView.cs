namespace TrustedDataSpace.Protocol.Management;

/// <summary>A page of what waits to be delivered, oldest first, and which peers do not answer.</summary>
public sealed record OutboxView
{
    /// <summary>Messages that wait, or are under way just now.</summary>
    public required IReadOnlyList<WaitingMessage> Items { get; init; }

    /// <summary>Cursor of the next page, or null.</summary>
    public string? Next { get; init; }

    /// <summary>Every peer whose last attempt has failed.</summary>
    public required IReadOnlyList<PeerCircuitView> Circuits { get; init; }
}

/// <summary>A message that waits to be delivered. Its text is not shown.</summary>
public sealed record WaitingMessage
{
    /// <summary>Sortable id.</summary>
    public required string Id { get; init; }

    /// <summary>What kind it is, for example <c>negotiation.send</c>.</summary>
    public required string Topic { get; init; }

    /// <summary>What it belongs to: messages of one destination go one after the other.</summary>
    public required string Destination { get; init; }

    /// <summary>DID of who it is for, or null: nobody in particular.</summary>
    public string? Peer { get; init; }

    /// <summary>When it was promised.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Failed attempts so far.</summary>
    public required long Attempts { get; init; }

    /// <summary>Not before; a message also waits for those before it and for its peer.</summary>
    public required DateTimeOffset NextAttempt { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public string? LastError { get; init; }
}

/// <summary>How a peer stands that does not answer.</summary>
public sealed record PeerCircuitView
{
    /// <summary>DID.</summary>
    public required string Peer { get; init; }

    /// <summary>Failures in a row.</summary>
    public required int Failures { get; init; }

    /// <summary>It counts as away until then, when one message is tried; null: its messages go as usual.</summary>
    public DateTimeOffset? AwayUntil { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public required string LastError { get; init; }
}
