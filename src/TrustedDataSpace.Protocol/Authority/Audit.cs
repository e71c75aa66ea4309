namespace TrustedDataSpace.Protocol.Authority;

/// <summary>Something of which the log has one half, and not the other.</summary>
public sealed record AuditGap
{
    /// <summary>One of <see cref="AuditGapKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where the log speaks of it first.</summary>
    public required long Index { get; init; }

    /// <summary>The time of that entry, by the clock of its source.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The agreement.</summary>
    public required string Agreement { get; init; }

    /// <summary>The product; null where the log does not know the agreement.</summary>
    public string? Product { get; init; }

    /// <summary>The version of the product; null where it cannot be told from the log.</summary>
    public long? Version { get; init; }

    /// <summary>The provider's DID; null where the log does not know the agreement.</summary>
    public string? Provider { get; init; }

    /// <summary>The consumer's DID; null where the log does not know the agreement.</summary>
    public string? Consumer { get; init; }

    /// <summary>The flow.</summary>
    public required string Flow { get; init; }

    /// <summary>The beginning of the interval; null where the gap is one of the whole flow.</summary>
    public DateTimeOffset? Interval { get; init; }

    /// <summary>What is missing, in words.</summary>
    public required string Missing { get; init; }

    /// <summary>What the connectors of both parties have of it.</summary>
    public required IReadOnlyList<AskedConnector> Connectors { get; init; }
}

/// <summary>What can be missing.</summary>
public static class AuditGapKinds
{
    /// <summary>A transfer has started, and the authority has matched no use of it.</summary>
    public const string TransferWithoutReceipt = "transfer_without_receipt";

    /// <summary>The authority has matched use of a flow that no transfer of its provider has started.</summary>
    public const string ReceiptWithoutTransfer = "receipt_without_transfer";

    /// <summary>The authority has matched records of which a party's evidence has none, or another one.</summary>
    public const string MeterWithoutEvidence = "meter_without_evidence";

    /// <summary>A party's evidence has use that the authority has not matched.</summary>
    public const string EvidenceWithoutMeter = "evidence_without_meter";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [TransferWithoutReceipt, ReceiptWithoutTransfer, MeterWithoutEvidence, EvidenceWithoutMeter];
}

/// <summary>How an agreement stood at a time, by the log.</summary>
public sealed record AuditedAgreement
{
    /// <summary>The agreement.</summary>
    public required string Agreement { get; init; }

    /// <summary>Where the log speaks of it first.</summary>
    public required long Index { get; init; }

    /// <summary>One of <see cref="AuditStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>The provider's DID.</summary>
    public required string Provider { get; init; }

    /// <summary>The consumer's DID.</summary>
    public required string Consumer { get; init; }

    /// <summary>The product.</summary>
    public string? Product { get; init; }

    /// <summary>The version of the product; null where it cannot be told from the log.</summary>
    public long? Version { get; init; }

    /// <summary>When it was filed; null: only the parties speak of it.</summary>
    public DateTimeOffset? FiledAt { get; init; }

    /// <summary>When it ends by its own terms (times and periods since it was concluded); null: by none, or they could not be read.</summary>
    public DateTimeOffset? Ends { get; init; }

    /// <summary><c>read</c>; <c>not_understood</c>: the terms are not those of this version; <c>missing</c> or <c>altered</c>: the authority has not the document that the log has the hash of; <c>not_filed</c>.</summary>
    public required string Terms { get; init; }

    /// <summary>When a party has ended it before its time.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Which one.</summary>
    public string? EndedBy { get; init; }

    /// <summary>One of <see cref="AuditDestruction"/>.</summary>
    public required string Destruction { get; init; }

    /// <summary>When the consumer has said that the data is destroyed.</summary>
    public DateTimeOffset? DestroyedAt { get; init; }

    /// <summary>What the connectors of both parties say of it.</summary>
    public required IReadOnlyList<AskedConnector> Connectors { get; init; }
}

/// <summary>How an agreement stands.</summary>
public static class AuditStates
{
    /// <summary>Filed, not ended, and its own end is not over.</summary>
    public const string InForce = "in_force";

    /// <summary>Its own end is over.</summary>
    public const string Expired = "expired";

    /// <summary>A party has ended it.</summary>
    public const string Ended = "ended";

    /// <summary>The parties speak of it; it was not filed.</summary>
    public const string NotFiled = "not_filed";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [InForce, Expired, Ended, NotFiled];
}

/// <summary>What became of the data that a consumer got.</summary>
public static class AuditDestruction
{
    /// <summary>It is not over, or nothing was used.</summary>
    public const string NotDue = "not_due";

    /// <summary>It is over, and the consumer has said nothing.</summary>
    public const string NotReported = "not_reported";

    /// <summary>The same, and the contract demands it.</summary>
    public const string Overdue = "overdue";

    /// <summary>The consumer says that it has destroyed it: its word, which nothing here proves.</summary>
    public const string Reported = "reported";
}

/// <summary>What a connector says beside the log.</summary>
/// <param name="Participant">Whose.</param>
/// <param name="Answer">One of <see cref="ConnectorAnswers"/>.</param>
/// <param name="Says">What it has, or why it could not be asked.</param>
public sealed record AskedConnector(string Participant, string Answer, string? Says = null);

/// <summary>How a connector's word stands to the log.</summary>
public static class ConnectorAnswers
{
    /// <summary>It has what the log says.</summary>
    public const string Agrees = "agrees";

    /// <summary>It has something else.</summary>
    public const string Differs = "differs";

    /// <summary>It has nothing of it.</summary>
    public const string HasNone = "has_none";

    /// <summary>It has what the log lacks.</summary>
    public const string HasMore = "has_more";

    /// <summary>It did not answer.</summary>
    public const string Away = "away";

    /// <summary>It has refused to answer.</summary>
    public const string Refused = "refused";

    /// <summary>Nobody has asked it.</summary>
    public const string NotAsked = "not_asked";
}
