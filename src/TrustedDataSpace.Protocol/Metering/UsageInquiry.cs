namespace TrustedDataSpace.Protocol.Metering;

/// <summary>
/// Our extension between two connectors: one asks what the other knows of a use that did not end well (a process was killed, a connection
/// broke), so that both count the same. Bearer: an access token of the space; only the other party of the flow is answered.
/// </summary>
public sealed record UsageInquiry
{
    /// <summary>POST; answers <see cref="UsageAnswer"/>.</summary>
    public const string Route = "/usage-inquiries";

    /// <summary><c>PROVIDER</c> or <c>CONSUMER</c>: the role of who asks.</summary>
    public required string Role { get; init; }

    /// <summary>The flow.</summary>
    public required string Flow { get; init; }

    /// <summary>The number of the interval in the flow; 0 when who asks never learned it.</summary>
    public required long Interval { get; init; }

    /// <summary>The number of the request in the interval; 0 when who asks never learned it.</summary>
    public required long Sequence { get; init; }

    /// <summary>The consumer's own id of the request (<c>Tds-Request</c>), where it gave one.</summary>
    public string? Request { get; init; }
}

/// <summary>What a connector knows of one use.</summary>
public sealed record UsageAnswer
{
    /// <summary><c>none</c>: it has no such use; <c>open</c>: still under way; <c>interrupted</c>: it did not end well here either; <c>settled</c>.</summary>
    public required string State { get; init; }

    /// <summary>The number of the interval in the flow.</summary>
    public long Interval { get; init; }

    /// <summary>The number of the request in the interval.</summary>
    public long Sequence { get; init; }

    /// <summary>One of <see cref="UsageOutcomes"/>; of an interrupted use whose counts are known: <c>cut</c>, or how it ended before the process was killed that counted it.</summary>
    public string Outcome { get; init; } = "";

    /// <summary>Whether rows and bytes are known: of what a kill interrupted they are not.</summary>
    public bool Observed { get; init; }

    /// <summary>Whether it was this side that broke the answer off.</summary>
    public bool BrokenOff { get; init; }

    /// <summary>Whether this side, the provider, broke it off because the consumer had used up what the contract lets flow, or not paid for more.</summary>
    public bool UsedUp { get; init; }

    /// <summary>Rows delivered.</summary>
    public long Rows { get; init; }

    /// <summary>Bytes of body delivered.</summary>
    public long Bytes { get; init; }

    /// <summary>AI tokens; null where the contract counts none, or they are not known.</summary>
    public TokenCounts? Tokens { get; init; }

    /// <summary>SHA-256 of the body, where the request had an idempotency key.</summary>
    public string? Digest { get; init; }
}
