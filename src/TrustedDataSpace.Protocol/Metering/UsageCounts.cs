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

    /// <summary>AI tokens of input, cached ones included; null where they were not counted.</summary>
    public long? TokensIn { get; init; }

    /// <summary>AI tokens of input that came from a cache, a part of <see cref="TokensIn"/>; null where that is not known.</summary>
    public long? TokensCached { get; init; }

    /// <summary>AI tokens of output; null where they were not counted.</summary>
    public long? TokensOut { get; init; }

    /// <summary>AI tokens of retrieved data; null where they were not counted.</summary>
    public long? TokensData { get; init; }

    /// <summary>The same by party, sorted by name; null where the contract does not ask whose data it is, or it is not known.</summary>
    public IReadOnlyList<PartyTokens>? TokensDataBy { get; init; }

    /// <summary>Input as the source declared it; never billed. Null where it did not.</summary>
    public long? DeclaredIn { get; init; }

    /// <summary>Output as the source declared it; never billed. Null where it did not.</summary>
    public long? DeclaredOut { get; init; }
}
