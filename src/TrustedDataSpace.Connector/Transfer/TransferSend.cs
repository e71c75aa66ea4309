using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Sends the messages of transfers.</summary>
internal sealed class TransferSend(TransferStore store, TransferMachine machine, TransferMessages messages, DspClient client) : ProcessSend<TransferRecord>(client)
{
    private readonly DspClient client = client;

    public override string Topic => TransferQueue.SendTopic;

    public override async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        var follow = await base.DeliverAsync(message, cancellation);
        var promised = ProcessMessage.Of(message);
        return promised.Kind != Started ? follow : unit =>
        {
            follow?.Invoke(unit);
            machine.Acknowledged(unit, promised.Process);
        };
    }

    public override void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        var promised = ProcessMessage.Of(message);
        if (promised.Kind == Started && TransferStore.Find(unit, promised.Process) is { Role: DspRole.Consumer })
        {
            machine.StaySuspended(unit, promised.Process, reason);
        }
        else
        {
            base.GiveUp(unit, message, reason);
        }
    }

    protected override ValueTask<ProcessPost?> WriteAsync(TransferRecord process, ProcessMessage message, CancellationToken cancellation) =>
        messages.WriteAsync(process, message.Kind, cancellation);

    protected override async Task<string> StateThereAsync(TransferRecord process, CancellationToken cancellation) =>
        (await client.GetAsync<TransferProcess>(process.Counterparty, process.CounterpartyPath + DspRoutes.Transfer(process.CounterpartyPid!), cancellation)).State;

    // Suspended tells nothing of a start: it may be the suspension before, or another after. Completed after a suspension means that the two have crossed.
    protected override bool ComesAfter(string kind, string there) => there == kind || (kind is Started or Suspended && there == Completed);

    protected override Action<UnitOfWork>? Overtaken(TransferRecord process, string kind, string there) =>
        kind == Suspended && there == Completed ? unit => machine.CompletedThere(unit, process.Id) : null;

    protected override TransferRecord? Find(string id) => store.Find(id);

    protected override TransferRecord? Find(UnitOfWork unit, string id) => TransferStore.Find(unit, id);

    protected override void Update(UnitOfWork unit, TransferRecord process) => TransferStore.Update(unit, process);

    protected override void Abandon(UnitOfWork unit, string id, RefusalException reason) => machine.Abandon(unit, id, reason);
}
