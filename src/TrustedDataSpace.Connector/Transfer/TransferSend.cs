using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Sends the messages of transfers.</summary>
internal sealed class TransferSend(TransferStore store, TransferMachine machine, TransferMessages messages, DspClient client) : ProcessSend<TransferRecord>(client)
{
    public override string Topic => TransferQueue.SendTopic;

    protected override ProcessPost? Write(TransferRecord process, ProcessMessage message) => messages.Write(process, message.Kind);

    protected override TransferRecord? Find(string id) => store.Find(id);

    protected override TransferRecord? Find(UnitOfWork unit, string id) => TransferStore.Find(unit, id);

    protected override void Update(UnitOfWork unit, TransferRecord process) => TransferStore.Update(unit, process);

    protected override void Abandon(UnitOfWork unit, string id, RefusalException reason) => machine.Abandon(unit, id, reason);
}
