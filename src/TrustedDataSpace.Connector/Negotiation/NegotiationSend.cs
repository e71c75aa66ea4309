using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>Sends the messages of negotiations.</summary>
internal sealed class NegotiationSend(NegotiationStore store, NegotiationMachine machine, NegotiationMessages messages, DspClient client)
    : ProcessSend<NegotiationRecord>(client)
{
    public override string Topic => NegotiationMachine.SendTopic;

    protected override ProcessPost? Write(NegotiationRecord process, ProcessMessage message) => messages.Write(process, message);

    protected override NegotiationRecord? Find(string id) => store.Find(id);

    protected override NegotiationRecord? Find(UnitOfWork unit, string id) => NegotiationStore.Find(unit, id);

    protected override void Update(UnitOfWork unit, NegotiationRecord process) => NegotiationStore.Update(unit, process);

    protected override void Abandon(UnitOfWork unit, string id, RefusalException reason) => machine.Abandon(unit, id, reason);
}
