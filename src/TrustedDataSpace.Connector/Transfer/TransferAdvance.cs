using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>The provider's own answer to a request for data, unless a person or a program gives it (<see cref="TransferSteps"/>).</summary>
internal sealed class TransferAdvance(TransferStore store, TransferMachine machine, TransferDecision decision) : IOutboxHandler
{
    public string Topic => TransferQueue.AdvanceTopic;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        if (store.Find(message.Body) is not { State: Requested, Manual: 0 } asked)
        {
            return null;
        }

        var verdict = await decision.AskAsync(asked, cancellation);
        if (verdict.MustWait)
        {
            // The filing receipt wakes it again.
            return null;
        }

        return unit =>
        {
            // A termination may have come in while the decision was taken.
            if (TransferStore.Find(unit, asked.Id) is not { State: Requested } current)
            {
                return;
            }

            if (!verdict.Allows)
            {
                decision.Note(unit, current, verdict);
                Terminate(unit, current, verdict.Reasons);
            }
            else if (AgreementService.IsActive(unit, current.AgreementId))
            {
                machine.Step(unit, current, DspRole.Provider, Started);
            }
            else
            {
                Terminate(unit, current, ["agreement_ended: the agreement has been ended"]);
            }
        };
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        if (TransferStore.Find(unit, message.Body) is { State: Requested } current)
        {
            Terminate(unit, current, [$"{RefusalStatus.WireName(reason.Code)}: {reason.Message}"]);
        }
    }

    private void Terminate(UnitOfWork unit, TransferRecord current, IReadOnlyList<string> reasons) => machine.Step(
        unit, current with { Code = PeerReasons.Code(reasons), Reasons = DspProcess.ToReasons(reasons) }, DspRole.Provider, Terminated);
}
