using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>A transfer process (DSP §9) as this connector keeps it.</summary>
internal sealed record TransferRecord : DspProcess
{
    public string AgreementId { get; init; } = "";

    public string Format { get; init; } = "";

    /// <summary>What data flows under: the provider's process id.</summary>
    public string Flow => ProviderPid;

    public TransferProcess ToMessage() => new() { ProviderPid = ProviderPid, ConsumerPid = ConsumerPid, State = State };

    public TransferView ToView() => new()
    {
        Id = Id,
        Role = RoleName,
        State = State,
        Counterparty = Counterparty,
        AgreementId = AgreementId,
        Flow = Flow.Length > 0 ? Flow : null,
        Reasons = ReasonTexts,
    };
}
