using TrustedDataSpace.Connector.Assets;
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
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>This connector's own next step in a negotiation, as a job of the outbox: it survives a kill and runs at least once.</summary>
internal sealed class NegotiationAdvance(
    NegotiationStore store,
    NegotiationMachine machine,
    ProductService products,
    IPeerDirectory directory,
    PolicyGate gate,
    EvidenceTrail evidence) : IOutboxHandler
{
    public string Topic => NegotiationMachine.AdvanceTopic;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        var seen = store.Find(message.Body);
        Action<UnitOfWork, NegotiationRecord>? step = seen switch
        {
            { Role: DspRole.Provider, State: Requested or Accepted } => await DecideAsync(seen, cancellation),
            { Role: DspRole.Provider, State: Verified } => (unit, current) => machine.Step(unit, current, DspRole.Provider, Finalized),
            { Role: DspRole.Consumer, State: Offered } => AnswerOffer,
            { Role: DspRole.Consumer, State: Agreed } => VerifyAgreement,
            _ => null,
        };
        return step is null ? null : unit =>
        {
            // A termination may have come in while the decision was taken.
            if (NegotiationStore.Find(unit, message.Body) is { } current && current.State == seen!.State)
            {
                step(unit, current);
            }
        };
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        if (NegotiationStore.Find(unit, message.Body) is { } current && May(current.Role, current.State, Terminated))
        {
            Terminate(unit, current, [$"{RefusalStatus.WireName(reason.Code)}: {reason.Message}"]);
        }
        else
        {
            machine.Abandon(unit, message.Body, reason);
        }
    }

    private async Task<Action<UnitOfWork, NegotiationRecord>> DecideAsync(NegotiationRecord asked, CancellationToken cancellation)
    {
        var offer = products.FindOffer(asked.OfferDocument.Id)
            ?? throw new RefusalException(RefusalCode.NotFound, "The offer is no longer made.");
        var consumer = await directory.FindAsync(asked.Counterparty, cancellation);
        var decision = await gate.DecideWhenAbleAsync(
            new PolicyQuestion
            {
                Stage = PolicyStage.Negotiation,
                Subject = new Peer(consumer.Id, consumer.State, consumer.Region, consumer.Roles),
                Terms = offer.Terms,
                Product = offer.Facts,
            },
            cancellation);
        return decision.Allow
            ? (unit, current) => machine.Agree(unit, current)
            : (unit, current) => Deny(unit, current, decision);
    }

    private void Deny(UnitOfWork unit, NegotiationRecord current, PolicyDecision decision)
    {
        evidence.Append(unit, EvidenceKinds.DecisionDenied, DeniedDecision.Evidence("negotiation", current.Counterparty, decision), process: current.Id);
        Terminate(unit, current, DeniedDecision.Texts(decision));
    }

    private void AnswerOffer(UnitOfWork unit, NegotiationRecord current)
    {
        if (current.ReasonTexts.Count == 0)
        {
            machine.Step(unit, current, DspRole.Consumer, Accepted);
        }
        else
        {
            machine.Step(unit, current, DspRole.Consumer, Terminated);
        }
    }

    private void VerifyAgreement(UnitOfWork unit, NegotiationRecord current)
    {
        var wrong = machine.Differences(current);
        if (wrong.Count == 0)
        {
            machine.Step(unit, current, DspRole.Consumer, Verified);
        }
        else
        {
            Terminate(unit, current, wrong);
        }
    }

    private void Terminate(UnitOfWork unit, NegotiationRecord current, IEnumerable<string> reasons) =>
        machine.Step(unit, current with { Reasons = DspProcess.ToReasons(reasons) }, current.Role, Terminated);
}
