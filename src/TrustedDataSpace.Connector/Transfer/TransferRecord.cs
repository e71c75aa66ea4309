using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>A transfer process (DSP §9) as this connector keeps it.</summary>
internal sealed record TransferRecord : DspProcess
{
    public string AgreementId { get; init; } = "";

    public string Format { get; init; } = "";

    /// <summary>The role that has suspended it, as the management interface spells it; null when it is not suspended.</summary>
    public string? SuspendedBy { get; init; }

    /// <summary>1: a request waits for a person or a program of the provider.</summary>
    public long Manual { get; init; }

    /// <summary>Provider: the client certificate over which it was asked for (<c>x5t#S256</c>, RFC 8705 §3.1); null without one.</summary>
    public string? Certificate { get; init; }

    /// <summary>What data flows under: the provider's process id.</summary>
    public string Flow => ProviderPid;

    public bool IsPush => Format == DspConstants.HttpPush;

    /// <summary>Whether nothing goes on without a person or a program on this side.</summary>
    public bool IsWaiting =>
        State == Requested ? Role == DspRole.Provider && Manual == 1 : State == Suspended && SuspendedBy == RoleName;

    public TransferProcess ToMessage() => new() { ProviderPid = ProviderPid, ConsumerPid = ConsumerPid, State = State };

    public TransferView ToView() => new()
    {
        Id = Id,
        Role = RoleName,
        State = State,
        Counterparty = Counterparty,
        CounterpartyPid = CounterpartyPid,
        AgreementId = AgreementId,
        Format = Format,
        Flow = Flow.Length > 0 ? Flow : null,
        Waiting = IsWaiting,
        SuspendedBy = SuspendedBy,
        Code = Code,
        Reasons = ReasonTexts,
        Revision = Revision,
    };
}
