namespace TrustedDataSpace.Connector.Policies.Decisions;

/// <summary>One decision, before it is written. JSON stays text until it leaves the queue: on the way of a request nothing is parsed for it.</summary>
internal sealed record DecisionEvent
{
    public string Id { get; init; } = Guid.NewGuid().ToString();

    /// <summary>The document that was asked for, keys parted by slashes: <c>tds/decision</c>.</summary>
    public required string Path { get; init; }

    /// <summary>JSON; null when there was none.</summary>
    public string? Input { get; init; }

    /// <summary>JSON; null when the document was undefined or there was an error.</summary>
    public string? Result { get; init; }

    public string Revision { get; init; } = "";

    /// <summary>Who asked over the Data API; null for the connector's own decisions.</summary>
    public string? RequestedBy { get; init; }

    public TimeSpan Elapsed { get; init; }

    public string? Error { get; init; }
}
