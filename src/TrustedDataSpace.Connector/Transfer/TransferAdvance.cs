using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>The provider's answer to a request for data: not before the agreement is filed, and not without a decision.</summary>
internal sealed class TransferAdvance(
    TransferStore store,
    TransferMachine machine,
    AgreementService agreements,
    IPeerDirectory directory,
    PolicyGate gate,
    EvidenceTrail evidence) : IOutboxHandler
{
    public string Topic => TransferQueue.AdvanceTopic;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        if (store.Find(message.Body) is not { State: Requested } asked)
        {
            return null;
        }

        // Not from memory: a receipt that is committed has woken all who were waiting then, and wakes nobody again.
        var agreement = agreements.FindCommitted(asked.AgreementId)!;
        if (agreement.FilingRefusal is { } refusal)
        {
            return Step(asked.Id, (unit, current) => Terminate(unit, current, [$"not_filed: the authority has not filed the agreement: {refusal}"]));
        }

        if (!agreement.Filed)
        {
            // The filing receipt wakes it again.
            return null;
        }

        var decision = await DecideAsync(agreement, cancellation);
        return Step(asked.Id, decision.Allow
            ? Start
            : (unit, current) => Deny(unit, current, decision));
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        if (TransferStore.Find(unit, message.Body) is { State: Requested } current)
        {
            Terminate(unit, current, [$"{RefusalStatus.WireName(reason.Code)}: {reason.Message}"]);
        }
    }

    private async Task<PolicyDecision> DecideAsync(AgreementTerms agreement, CancellationToken cancellation)
    {
        var consumer = await directory.FindAsync(agreement.Consumer, cancellation);
        return await gate.DecideWhenAbleAsync(
            new PolicyQuestion
            {
                Stage = PolicyStage.Transfer,
                Subject = new Peer(consumer.Id, consumer.State, consumer.Region, consumer.Roles),
                Terms = agreement.Terms,
                Product = new ProductFacts(agreement.DatasetId, agreement.Classification),
                Filed = agreement.Filed,
                AgreementState = agreement.State,
            },
            cancellation);
    }

    // A termination may have come in while the decision was taken.
    private static Action<UnitOfWork> Step(string id, Action<UnitOfWork, TransferRecord> step) => unit =>
    {
        if (TransferStore.Find(unit, id) is { State: Requested } current)
        {
            step(unit, current);
        }
    };

    // The agreement may have been ended while the decision was taken.
    private void Start(UnitOfWork unit, TransferRecord current)
    {
        if (AgreementService.IsActive(unit, current.AgreementId))
        {
            machine.Step(unit, current, DspRole.Provider, Started);
        }
        else
        {
            Terminate(unit, current, ["agreement_ended: the agreement has been ended"]);
        }
    }

    private void Deny(UnitOfWork unit, TransferRecord current, PolicyDecision decision)
    {
        evidence.Append(
            unit, EvidenceKinds.DecisionDenied, DeniedDecision.Evidence("transfer", current.Counterparty, decision), current.AgreementId, current.Id);
        Terminate(unit, current, DeniedDecision.Texts(decision));
    }

    private void Terminate(UnitOfWork unit, TransferRecord current, IEnumerable<string> reasons) =>
        machine.Step(unit, current with { Reasons = DspProcess.ToReasons(reasons) }, DspRole.Provider, Terminated);
}
