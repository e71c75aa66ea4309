using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>A contract negotiation (DSP §7) as this connector keeps it.</summary>
internal sealed record NegotiationRecord : DspProcess
{
    /// <summary>The consumer is not told the provider's classification.</summary>
    public const string UnknownClassification = "unknown";

    public string DatasetId { get; init; } = "";

    /// <summary>The asset behind the version that was asked for; null at the consumer.</summary>
    public string? AssetId { get; init; }

    /// <summary>Classification of the product.</summary>
    public string Classification { get; init; } = UnknownClassification;

    /// <summary>The offer that was asked for, as it was sent.</summary>
    public string Offer { get; init; } = "";

    /// <summary>The agreement as it was sent; null before there is one.</summary>
    public string? Agreement { get; init; }

    public PolicyDocument OfferDocument => PolicyDocument.Parse(Offer);

    public PolicyDocument AgreementDocument => PolicyDocument.Parse(Agreement!);

    public ContractNegotiation ToMessage() => new() { ProviderPid = ProviderPid, ConsumerPid = ConsumerPid, State = State };

    public NegotiationView ToView() => new()
    {
        Id = Id,
        Role = RoleName,
        State = State,
        Counterparty = Counterparty,
        DatasetId = DatasetId,
        AgreementId = Agreement is null ? null : AgreementDocument.Id,
        Reasons = ReasonTexts,
    };
}
