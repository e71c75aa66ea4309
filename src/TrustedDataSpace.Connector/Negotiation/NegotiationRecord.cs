using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>A contract negotiation (DSP §7) as this connector keeps it.</summary>
internal sealed record NegotiationRecord : DspProcess
{
    /// <summary>The consumer is not told the provider's classification.</summary>
    public const string UnknownClassification = "unknown";

    /// <summary>Where it is this connector's turn.</summary>
    private static readonly (DspRole Role, string State)[] Turns =
    [
        (DspRole.Provider, Requested),
        (DspRole.Provider, Accepted),
        (DspRole.Provider, Verified),
        (DspRole.Consumer, Offered),
        (DspRole.Consumer, Agreed),
    ];

    private ParsedPolicy offer;
    private ParsedPolicy agreement;

    public string DatasetId { get; init; } = "";

    /// <summary>The asset behind the version that was asked for; null at the consumer.</summary>
    public string? AssetId { get; init; }

    /// <summary>Classification of the product.</summary>
    public string Classification { get; init; } = UnknownClassification;

    /// <summary>The offer on the table, as it was sent: that of the last round before an agreement.</summary>
    public string Offer { get; init; } = "";

    /// <summary>The agreement as it was sent; null before there is one.</summary>
    public string? Agreement { get; init; }

    /// <summary>One of <see cref="NegotiationModes"/>.</summary>
    public string Mode { get; init; } = NegotiationModes.Automatic;

    /// <summary>Hash of the terms that this side has proposed or published last; null when it has not.</summary>
    public string? OwnTerms { get; init; }

    /// <summary>Number of the last round.</summary>
    public long Round { get; init; }

    /// <summary>How transfers under the agreement start: one of <see cref="NegotiationModes"/> (provider only).</summary>
    public string TransferMode { get; init; } = NegotiationModes.Automatic;

    /// <summary>1: one answer of the source is the whole transfer (provider only).</summary>
    public long Finite { get; init; }

    /// <summary>1: a consumer's connector that knows no keys of flows gets data for its access token alone (provider only).</summary>
    public long AllowBearer { get; init; }

    /// <summary>DSP formats that the product can be had in: a JSON array (provider only).</summary>
    public string? Formats { get; init; }

    /// <summary>The provider's signature under the agreement.</summary>
    public string? ProviderSignature { get; init; }

    /// <summary>The consumer's signature under the agreement.</summary>
    public string? ConsumerSignature { get; init; }

    public PolicyDocument OfferDocument => offer.Of(Offer);

    public PolicyDocument AgreementDocument => agreement.Of(Agreement!);

    /// <summary>Whether the next step is this connector's.</summary>
    public bool IsOwnTurn => IsOwnTurnOf(Role, State);

    /// <summary>Whether the terms on the table are those that this side has proposed or published itself.</summary>
    public bool HasOwnTerms => OwnTerms is not null && OfferDocument.TermsHash == OwnTerms;

    /// <summary>Whether a person or a program must take the next step. In mixed mode only other terms than its own are put to one.</summary>
    public bool IsWaiting => IsOwnTurn && Mode switch
    {
        NegotiationModes.Automatic => false,
        NegotiationModes.Mixed => State is Requested or Offered && !HasOwnTerms,
        _ => true,
    };

    /// <summary>Whether, in that state, the next step is that of the connector in that role.</summary>
    public static bool IsOwnTurnOf(DspRole role, string state) => Turns.Contains((role, state));

    public ContractNegotiation ToMessage() => new() { ProviderPid = ProviderPid, ConsumerPid = ConsumerPid, State = State };

    public NegotiationView ToView() => new()
    {
        Id = Id,
        Role = RoleName,
        State = State,
        Counterparty = Counterparty,
        CounterpartyPid = CounterpartyPid,
        DatasetId = DatasetId,
        Mode = Mode,
        Waiting = IsWaiting,
        Offer = OfferDocument.Element,
        Round = Round,
        AgreementId = Agreement is null ? null : AgreementDocument.Id,
        Code = Code,
        Reasons = ReasonTexts,
        Revision = Revision,
    };
}

/// <summary>Where a negotiation stands, without what is negotiated.</summary>
internal sealed record NegotiationStanding
{
    /// <summary>This connector's role.</summary>
    public DspRole Role { get; init; }

    /// <summary>State, as the protocol names it.</summary>
    public string State { get; init; } = "";

    /// <summary>One of <see cref="NegotiationModes"/>.</summary>
    public string Mode { get; init; } = "";
}
