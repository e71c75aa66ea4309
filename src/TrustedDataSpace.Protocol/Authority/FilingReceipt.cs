namespace TrustedDataSpace.Protocol.Authority;

/// <summary>The authority's answer to a filing.</summary>
public sealed record FilingReceipt
{
    /// <summary>The identifier of the agreement.</summary>
    public required string AgreementId { get; init; }

    /// <summary>The hash of the agreement that was filed.</summary>
    public required string Hash { get; init; }

    /// <summary>When it was filed.</summary>
    public required DateTimeOffset FiledAt { get; init; }

    /// <summary>The entry in the evidence log.</summary>
    public required string EvidenceId { get; init; }
}
