namespace TrustedDataSpace.Protocol.Metering;

/// <summary>What was used for one purpose with one outcome.</summary>
public sealed record UsageCounts
{
    /// <summary>The declared purpose.</summary>
    public required string Purpose { get; init; }

    /// <summary>How it ended, one of <see cref="UsageOutcomes"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>Training, inference or other, one of <see cref="UsagePhase"/>; it follows from the purpose.</summary>
    public string Phase => UsagePhase.Of(Purpose);

    /// <summary>Requests.</summary>
    public required long Requests { get; init; }

    /// <summary>Rows delivered.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes of body delivered.</summary>
    public required long Bytes { get; init; }
}
