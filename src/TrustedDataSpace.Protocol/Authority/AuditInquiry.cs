namespace TrustedDataSpace.Protocol.Authority;

/// <summary>What the authority asks a connector for an auditor: what it has of things that the log speaks of.</summary>
public sealed record AuditInquiry
{
    /// <summary>The address, below that of the connector. Authenticated by a self-issued ID token of the authority (DCP §4.3).</summary>
    public const string Route = "/audit/records";

    /// <summary>Most of each kind in one inquiry.</summary>
    public const int Most = 200;

    /// <summary>Ids of entries of the connector's evidence.</summary>
    public IReadOnlyList<string> Entries { get; init; } = [];

    /// <summary>Intervals of flows.</summary>
    public IReadOnlyList<FlowInterval> Intervals { get; init; } = [];

    /// <summary>Flows.</summary>
    public IReadOnlyList<string> Flows { get; init; } = [];

    /// <summary>Agreements.</summary>
    public IReadOnlyList<string> Agreements { get; init; } = [];
}

/// <summary>An interval of a flow.</summary>
/// <param name="Flow">The flow.</param>
/// <param name="Interval">Its number.</param>
public sealed record FlowInterval(string Flow, long Interval);

/// <summary>What a connector has, in the order in which it was asked; null where it has nothing.</summary>
public sealed record AuditInquiryAnswer
{
    /// <summary>Leaf hash of each entry, base64.</summary>
    public required IReadOnlyList<string?> Entries { get; init; }

    /// <summary>Records of the intervals.</summary>
    public required IReadOnlyList<HeldRecord?> Intervals { get; init; }

    /// <summary>The flows.</summary>
    public required IReadOnlyList<HeldFlow?> Flows { get; init; }

    /// <summary>State of each agreement: <c>active</c> or <c>ended</c>.</summary>
    public required IReadOnlyList<string?> Agreements { get; init; }
}

/// <summary>What a connector has of an interval.</summary>
/// <param name="Own">Hash of the record that it has made; null: none.</param>
/// <param name="Peer">Hash of the record that the other party has signed; null: none has come.</param>
/// <param name="State">How the two stand.</param>
public sealed record HeldRecord(string? Own, string? Peer, string? State);

/// <summary>What a connector has of a flow.</summary>
/// <param name="State">Open, or how it ended.</param>
/// <param name="Records">How many intervals it has recorded, counted up to 1,000.</param>
/// <param name="Unrecorded">How many intervals have use that is not recorded yet.</param>
public sealed record HeldFlow(string State, long Records, long Unrecorded);
