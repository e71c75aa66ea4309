namespace TrustedDataSpace.Protocol.Management;

/// <summary>How a connector stands in its space.</summary>
public sealed record ConnectorStatus
{
    /// <summary>The participant's DID.</summary>
    public required string Participant { get; init; }

    /// <summary>The space.</summary>
    public required string Space { get; init; }

    /// <summary>State of the membership as the authority last told it: <c>unknown</c>, <c>applied</c>, <c>active</c>, <c>suspended</c>, <c>left</c>.</summary>
    public required string Membership { get; init; }

    /// <summary>Revision of the policy bundle that decides, or null while there is none.</summary>
    public string? PolicyRevision { get; init; }

    /// <summary>Base address for other services.</summary>
    public required string Address { get; init; }

    /// <summary>The decision log since the start; null when decisions are not logged.</summary>
    public DecisionLogStatus? DecisionLog { get; init; }
}

/// <summary>How the decision log keeps up.</summary>
public sealed record DecisionLogStatus
{
    /// <summary>Decisions written.</summary>
    public required long Written { get; init; }

    /// <summary>Decisions left out because too many waited, or because the file could not be written.</summary>
    public required long Dropped { get; init; }
}

/// <summary>How much of the connector's evidence the authority's log has confirmed.</summary>
public sealed record EvidenceStatus
{
    /// <summary>Entries written here.</summary>
    public required long Entries { get; init; }

    /// <summary>Of these, confirmed by the log.</summary>
    public required long Logged { get; init; }
}
