using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>This connector's own next step in a negotiation, as a job of the outbox: it survives a kill and runs at least once.</summary>
internal sealed class NegotiationAdvance(
    NegotiationStore store,
    NegotiationMachine machine,
    NegotiationDecision decisions,
    AgreementCheck check) : IOutboxHandler
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
            { Role: DspRole.Consumer, State: Agreed } => await VerifyAsync(seen, cancellation),
            _ => null,
        };
        return step is null ? null : unit =>
        {
            // A termination or a person's step may have come in while the decision was taken.
            if (NegotiationStore.Find(unit, message.Body) is { } current && current.State == seen!.State && current.Round == seen.Round)
            {
                step(unit, current);
            }
        };
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        if (NegotiationStore.Find(unit, message.Body) is { } current && May(current.Role, current.State, Terminated))
        {
            machine.Terminate(unit, current, [$"{RefusalStatus.WireName(reason.Code)}: {reason.Message}"]);
        }
        else
        {
            machine.Abandon(unit, message.Body, reason);
        }
    }

    private async Task<Action<UnitOfWork, NegotiationRecord>> DecideAsync(NegotiationRecord asked, CancellationToken cancellation)
    {
        var decision = await decisions.DecideAsync(asked, cancellation);
        return decision.Allow
            ? (unit, current) => machine.Agree(unit, current)
            : (unit, current) => Deny(unit, current, decision);
    }

    private void Deny(UnitOfWork unit, NegotiationRecord current, PolicyDecision decision)
    {
        decisions.Record(unit, current, decision);
        machine.Terminate(unit, current, DeniedDecision.Texts(decision));
    }

    private void AnswerOffer(UnitOfWork unit, NegotiationRecord current)
    {
        if (current.HasOwnTerms)
        {
            machine.Step(unit, current, DspRole.Consumer, Accepted);
        }
        else
        {
            machine.Terminate(unit, current, ["offer_altered: the terms are not those that were asked for"]);
        }
    }

    private async Task<Action<UnitOfWork, NegotiationRecord>> VerifyAsync(NegotiationRecord agreed, CancellationToken cancellation)
    {
        var wrong = await check.DifferencesAsync(agreed, cancellation);
        return wrong.Count == 0
            ? (unit, current) => machine.Verify(unit, current)
            : (unit, current) => machine.Terminate(unit, current, wrong);
    }
}
