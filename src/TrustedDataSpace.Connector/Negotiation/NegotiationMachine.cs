using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>
/// Every step of a negotiation: checked against the table of the protocol, and committed together with its evidence and with what
/// must follow (a message to the counterparty, or this connector's own next step).
/// </summary>
internal sealed class NegotiationMachine(
    EvidenceTrail evidence,
    OutboxQueue outbox,
    AgreementService agreements,
    Ids ids,
    ServiceSettings settings)
{
    /// <summary>Topic of the messages to the counterparty.</summary>
    public const string SendTopic = "negotiation.send";

    /// <summary>Topic of this connector's own next step.</summary>
    public const string AdvanceTopic = "negotiation.advance";

    /// <summary>Where it is this connector's turn.</summary>
    private static readonly (DspRole Role, string State)[] Turns =
    [
        (DspRole.Provider, Requested),
        (DspRole.Provider, Accepted),
        (DspRole.Provider, Verified),
        (DspRole.Consumer, Offered),
        (DspRole.Consumer, Agreed),
    ];

    /// <summary>A negotiation begins; by this connector (then the request is sent) or by the counterparty.</summary>
    public NegotiationRecord Begin(UnitOfWork unit, NegotiationRecord begun)
    {
        NegotiationStore.Add(unit, begun);
        Follow(unit, begun, from: null, by: DspRole.Consumer);
        return begun;
    }

    /// <summary>The next step, by either party.</summary>
    /// <param name="unit">Of the command.</param>
    /// <param name="changed">The negotiation with what the step brings; its state is still the old one.</param>
    /// <param name="by">Whose step it is.</param>
    /// <param name="to">The new state.</param>
    /// <exception cref="RefusalException">InvalidTransition.</exception>
    public NegotiationRecord Step(UnitOfWork unit, NegotiationRecord changed, DspRole by, string to)
    {
        if (!May(by, changed.State, to))
        {
            throw new RefusalException(
                RefusalCode.InvalidTransition,
                $"The {by.ToString().ToLowerInvariant()} cannot bring a negotiation from {changed.State} to {to}.");
        }

        return Enter(unit, changed, by, to);
    }

    /// <summary>The provider agrees: to the offer as it was asked for, word for word.</summary>
    public void Agree(UnitOfWork unit, NegotiationRecord asked)
    {
        var agreement = ContractTerms.Agree(
            asked.OfferDocument, "urn:uuid:" + Guid.ParseExact(ids.Next(), "N"), asked.DatasetId, settings.Participant.Id, asked.Counterparty, unit.Now);
        Step(unit, asked with { Agreement = agreement.ToString() }, DspRole.Provider, Agreed);
    }

    /// <summary>What the consumer finds wrong with the agreement that it was sent.</summary>
    public IReadOnlyList<string> Differences(NegotiationRecord agreed)
    {
        var agreement = agreed.AgreementDocument;
        var wrong = ContractTerms.Differences(agreed.OfferDocument, agreement, agreed.Counterparty, settings.Participant.Id);
        return [.. wrong, .. Unreadable(agreement), .. agreements.Find(agreement.Id) is null ? [] : new[] { "agreement_altered: its id is that of another agreement" }];
    }

    // The offer was read when it was asked for, perhaps by an earlier version of this program.
    private static IEnumerable<string> Unreadable(PolicyDocument agreement)
    {
        try
        {
            CompiledPolicy.Of(agreement);
            return [];
        }
        catch (RefusalException refusal)
        {
            return ["agreement_unreadable: " + refusal.Message];
        }
    }

    /// <summary>Ends the negotiation here, whatever the table says: the counterparty cannot be reached or goes another way.</summary>
    public void Abandon(UnitOfWork unit, string id, RefusalException reason)
    {
        if (NegotiationStore.Find(unit, id) is { } left && !IsFinal(left.State))
        {
            Enter(unit, left with { Reasons = DspProcess.ToReasons([Text(reason)]) }, left.Role, Terminated, tell: false);
        }
    }

    private NegotiationRecord Enter(UnitOfWork unit, NegotiationRecord changed, DspRole by, string to, bool tell = true)
    {
        var entered = changed with { State = to };
        NegotiationStore.Update(unit, entered);
        if (to == Finalized)
        {
            agreements.Conclude(unit, entered.Role, entered.AgreementDocument, entered.AssetId, entered.Classification);
        }

        Follow(unit, entered, changed.State, by, tell);
        return entered;
    }

    private void Follow(UnitOfWork unit, NegotiationRecord entered, string? from, DspRole by, bool tell = true)
    {
        evidence.Append(
            unit,
            "negotiation." + entered.State.ToLowerInvariant(),
            new
            {
                role = entered.RoleName,
                by = DspProcess.NameOf(by),
                from,
                counterparty = entered.Counterparty,
                dataset = entered.DatasetId,
                offer = entered.OfferDocument.Id,
                agreementHash = entered.Agreement is null ? null : entered.AgreementDocument.Hash,
                reasons = entered.ReasonTexts,
            },
            entered.Agreement is null ? null : entered.AgreementDocument.Id,
            entered.Id);

        // One destination for each negotiation: its messages and steps stay in order and wait for no other negotiation.
        var destination = "negotiation:" + entered.Id;
        if (by == entered.Role && tell)
        {
            outbox.Add(unit, SendTopic, destination, new ProcessMessage(entered.Id, entered.State).ToBody());
        }

        if (Turns.Contains((entered.Role, entered.State)))
        {
            outbox.Add(unit, AdvanceTopic, destination, entered.Id);
        }
    }

    private static string Text(RefusalException reason) => $"{RefusalStatus.WireName(reason.Code)}: {reason.Message}";
}
