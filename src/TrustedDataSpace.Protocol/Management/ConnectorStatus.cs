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

    /// <summary>What a person must look into, though data is shared all the same.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
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

    /// <summary>Of these, acknowledged by the log with a receipt that this connector has verified and keeps.</summary>
    public required long Logged { get; init; }

    /// <summary>The log as it was last verified; null before the first time.</summary>
    public LogStatus? Log { get; init; }

    /// <summary>Why the log is refused now; null: it is not.</summary>
    public LogAlarm? Alarm { get; init; }
}

/// <summary>The log of the space as a connector has last verified it.</summary>
public sealed record LogStatus
{
    /// <summary>Name of the log.</summary>
    public required string Origin { get; init; }

    /// <summary>Entries under the last checkpoint that was verified.</summary>
    public required long Size { get; init; }

    /// <summary>Its root, base64.</summary>
    public required string Root { get; init; }

    /// <summary>The checkpoint as it was signed.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The key of the log, pinned with the first checkpoint.</summary>
    public required string KeyId { get; init; }

    /// <summary>When it was verified.</summary>
    public required DateTimeOffset SeenAt { get; init; }
}

/// <summary>A log that a connector refuses: nothing is marked as logged meanwhile.</summary>
public sealed record LogAlarm
{
    /// <summary>One of <see cref="LogAlarmKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>What is wrong, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>What the log has shown: kept, because a signed contradiction proves itself.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The root in it, base64; null when it cannot be read. <see cref="LogAcceptance"/> names it.</summary>
    public string? Root { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }
}

/// <summary>Why a log is refused.</summary>
public static class LogAlarmKinds
{
    /// <summary>Not signed by the pinned key. Ends by itself when the log is right again.</summary>
    public const string Forged = "forged";

    /// <summary>Fewer entries than before, as after a restore from an older copy. Ends by itself when they are there again.</summary>
    public const string RolledBack = "rolled_back";

    /// <summary>Another history than before. An operator decides.</summary>
    public const string Forked = "forked";

    /// <summary>A log of another name, such as a successor. An operator decides.</summary>
    public const string OtherLog = "other_log";
}

/// <summary>An operator of the participant takes the refused log for the log of the space from now on.</summary>
/// <param name="Root">The root of the checkpoint that was refused, base64: what was looked at, and no other.</param>
public sealed record LogAcceptance(string Root);

/// <summary>One entry of the evidence of this connector.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="LogIndex">Its place in the log; null: not acknowledged yet.</param>
public sealed record EvidenceItem(Evidence.EvidenceEntry Entry, long? LogIndex = null);

/// <summary>What a participant holds against the operator: the entry stands in the log (docs/log-format.md, Receipt).</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Proof">RFC 9162 inclusion proof.</param>
/// <param name="Checkpoint">The signed checkpoint whose root the proof leads to.</param>
/// <param name="Key">The key of the log, as it was pinned.</param>
public sealed record EntryReceipt(Evidence.EvidenceEntry Entry, Evidence.InclusionProof Proof, string Checkpoint, Identity.Jwk Key);
