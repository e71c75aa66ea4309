using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Connector.Agreements;

/// <summary>What a finalized negotiation leaves behind: the agreement, and what this connector must remember beside it.</summary>
internal sealed record Conclusion
{
    /// <summary>This connector's role.</summary>
    public required DspRole Role { get; init; }

    /// <summary>The agreement as it was sent.</summary>
    public required PolicyDocument Agreement { get; init; }

    /// <summary>The asset behind it; null at the consumer.</summary>
    public string? AssetId { get; init; }

    /// <summary>Classification of the product.</summary>
    public required string Classification { get; init; }

    /// <summary>Detached JWS; null when the provider's connector does not sign.</summary>
    public string? ProviderSignature { get; init; }

    /// <summary>Detached JWS; null when the consumer's connector does not sign.</summary>
    public string? ConsumerSignature { get; init; }

    /// <summary>What the product said about transfers.</summary>
    public TransferTerms Transfers { get; init; } = TransferTerms.Usual;

    public static Conclusion Of(NegotiationRecord finalized) => new()
    {
        Role = finalized.Role,
        Agreement = finalized.AgreementDocument,
        AssetId = finalized.AssetId,
        Classification = finalized.Classification,
        ProviderSignature = finalized.ProviderSignature,
        ConsumerSignature = finalized.ConsumerSignature,
        Transfers = TransferTerms.Of(finalized.TransferMode, finalized.Finite, finalized.Formats, finalized.AllowBearer),
    };
}
