using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>A product as it is offered: one immutable version with its offer.</summary>
internal sealed record ProductOffer
{
    /// <summary>Product (and DSP dataset) id.</summary>
    public required string ProductId { get; init; }

    public required long Version { get; init; }

    public required string AssetId { get; init; }

    public required string Title { get; init; }

    public required string Description { get; init; }

    public required IReadOnlyList<string> Keywords { get; init; }

    public required string Classification { get; init; }

    /// <summary>One of <see cref="NegotiationModes"/>.</summary>
    public string Negotiation { get; init; } = NegotiationModes.Automatic;

    /// <summary><see cref="NegotiationModes.Automatic"/> or <see cref="NegotiationModes.Manual"/>.</summary>
    public string Transfers { get; init; } = NegotiationModes.Automatic;

    /// <summary>DSP formats.</summary>
    public IReadOnlyList<string> Formats { get; init; } = [DspConstants.HttpPull, DspConstants.HttpPush];

    /// <summary>Whether the source's answer is the whole transfer.</summary>
    public bool Finite { get; init; }

    /// <summary>Whether a consumer's connector that knows no keys of flows gets data for its access token alone.</summary>
    public bool AllowBearer { get; init; }

    /// <summary>Name of the nested catalog that lists it; null: the root.</summary>
    public string? Catalog { get; init; }

    /// <summary>The offer as the catalog shows it: without target (DSP §5.3.2).</summary>
    public required PolicyDocument Offer { get; init; }

    public required CompiledPolicy Policy { get; init; }

    public CompiledTerms Terms => Policy.Terms;

    public ProductFacts Facts => new(ProductId, Classification);
}
