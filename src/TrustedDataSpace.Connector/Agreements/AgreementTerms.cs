using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Delivery;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Agreements;

/// <summary>A contract in force: who, about what, under which terms.</summary>
internal sealed record AgreementTerms
{
    /// <summary>In force, as far as its own terms go.</summary>
    public const string Active = "active";

    /// <summary>This participant has ended it before its time.</summary>
    public const string Ended = "ended";

    /// <summary>Agreement id.</summary>
    public required string Id { get; init; }

    /// <summary>This connector's role.</summary>
    public required DspRole Role { get; init; }

    /// <summary>The provider's DID.</summary>
    public required string Provider { get; init; }

    /// <summary>The consumer's DID.</summary>
    public required string Consumer { get; init; }

    /// <summary>Dataset (product) id.</summary>
    public required string DatasetId { get; init; }

    /// <summary>The asset behind it; null at the consumer.</summary>
    public string? AssetId { get; init; }

    /// <summary>Classification of the product; not known to the consumer.</summary>
    public required string Classification { get; init; }

    /// <summary><see cref="Active"/> or <see cref="Ended"/>.</summary>
    public required string State { get; init; }

    /// <summary>Whether the authority has filed it. Only the provider knows.</summary>
    public required bool Filed { get; init; }

    /// <summary>Why the authority never will file it; null as long as it may.</summary>
    public string? FilingRefusal { get; init; }

    /// <summary>When it was concluded.</summary>
    public required DateTimeOffset ConcludedAt { get; init; }

    /// <summary>The agreement as it was signed.</summary>
    public required PolicyDocument Document { get; init; }

    /// <summary>The parties' signatures under it, as far as their connectors sign.</summary>
    public required IReadOnlyList<SignatureView> Signatures { get; init; }

    /// <summary>What decisions are taken on.</summary>
    public required CompiledTerms Terms { get; init; }

    /// <summary>What is really done about each term.</summary>
    public required IReadOnlyList<TermCoverageView> Coverage { get; init; }

    /// <summary>How use is counted: requests, unless the contract says otherwise.</summary>
    public required MeterRule Meter { get; init; }

    /// <summary>What the contract limits.</summary>
    public IReadOnlyList<QuotaTerm> Quotas { get; init; } = [];

    /// <summary>What single uses cost, where they are paid in advance; null: they are not.</summary>
    public UsePrice? Price { get; init; }

    /// <summary>Whether it can be used up while an answer flows.</summary>
    public bool LimitsWhatFlows => Price is not null || Quotas.Any(quota => !quota.CountsRequests);

    /// <summary>Whether a term of it is about the application that asks.</summary>
    public bool NamesApplications { get; init; }

    /// <summary>Whether a term of it is about how old the authority's word on the consumer's standing may be.</summary>
    public bool LimitsStandingAge { get; init; }

    /// <summary>Which part of the source's answer is delivered; null: all of it.</summary>
    public DeliveryRule? Delivery { get; init; }

    /// <summary>What the product said about transfers. Only the provider knows.</summary>
    public TransferTerms Transfers { get; init; } = TransferTerms.Usual;

    /// <summary>Hash over the canonical document.</summary>
    public string Hash => Document.Hash;

    /// <summary>The other party's DID.</summary>
    public string Counterparty => Role == DspRole.Provider ? Consumer : Provider;
}
