namespace TrustedDataSpace.Protocol.Management;

/// <summary>A flow that this connector serves as provider, as it is at this moment. Counts are those of this process since the flow was opened here.</summary>
public sealed record FlowView
{
    /// <summary>The provider's id of the transfer; <c>/api/v1/transfers/ID/suspend</c>, <c>start</c> and <c>terminate</c> pause, resume and end it.</summary>
    public required string Id { get; init; }

    /// <summary>The agreement.</summary>
    public required string Agreement { get; init; }

    /// <summary>DID of the consumer.</summary>
    public required string Consumer { get; init; }

    /// <summary><c>open</c>, <c>completed</c>, <c>suspended</c> or <c>terminated</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it is not open.</summary>
    public string? Reason { get; init; }

    /// <summary>Answers that flow now.</summary>
    public required int Running { get; init; }

    /// <summary>Requests that were let through.</summary>
    public required long Requests { get; init; }

    /// <summary>Requests that a decision refused.</summary>
    public required long Denied { get; init; }

    /// <summary>Answers that were cut before their end.</summary>
    public required long Cut { get; init; }

    /// <summary>Bytes of answers.</summary>
    public required long Bytes { get; init; }

    /// <summary>Decisions that were taken afresh.</summary>
    public required long Decisions { get; init; }

    /// <summary>Requests for which the last decision still held.</summary>
    public required long DecisionsReused { get; init; }

    /// <summary>Requests in the last whole five seconds, per second.</summary>
    public required double RequestsPerSecond { get; init; }

    /// <summary>Bytes in the last whole five seconds, per second.</summary>
    public required double BytesPerSecond { get; init; }

    /// <summary>What the contract limits and what is left of it; empty until it was first used since the start of this process.</summary>
    public required IReadOnlyList<QuotaView> Quotas { get; init; }
}

/// <summary>A quota of a contract.</summary>
/// <param name="Counter">What is counted, as decisions name it: <c>count</c>, <c>bytes/P1D@Asia/Shanghai</c>.</param>
/// <param name="Limit">What is allowed in the period.</param>
/// <param name="Left">What is left of it.</param>
/// <param name="ResetsAt">When the period ends; null: a total.</param>
public sealed record QuotaView(string Counter, long Limit, long Left, DateTimeOffset? ResetsAt = null);
