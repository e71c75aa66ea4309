using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>Sends the messages of negotiations.</summary>
internal sealed class NegotiationSend(NegotiationStore store, NegotiationMachine machine, NegotiationMessages messages, DspClient client)
    : ProcessSend<NegotiationRecord>(client)
{
    // No way leads back: who stands at one of these has heard of all before it.
    private static readonly string[] OneWay = [Accepted, Agreed, Verified, Finalized];

    private readonly DspClient client = client;

    public override string Topic => NegotiationMachine.SendTopic;

    protected override ValueTask<ProcessPost?> WriteAsync(NegotiationRecord process, ProcessMessage message, CancellationToken cancellation) => new(messages.Write(process, message));

    protected override async Task<string> StateThereAsync(NegotiationRecord process, CancellationToken cancellation) =>
        (await client.GetAsync<ContractNegotiation>(process.Counterparty, process.CounterpartyPath + DspRoutes.Negotiation(process.CounterpartyPid!), cancellation)).State;

    // Terms go back and forth: offered is what was requested before, and the other way round.
    protected override bool ComesAfter(string kind, string there) =>
        there == kind || (kind != Terminated && Array.IndexOf(OneWay, there) is >= 0 and var step && step > Array.IndexOf(OneWay, kind));

    protected override NegotiationRecord? Find(string id) => store.Find(id);

    protected override NegotiationRecord? Find(UnitOfWork unit, string id) => NegotiationStore.Find(unit, id);

    protected override void Update(UnitOfWork unit, NegotiationRecord process) => NegotiationStore.Update(unit, process);

    protected override void Abandon(UnitOfWork unit, string id, RefusalException reason) => machine.Abandon(unit, id, reason);
}
