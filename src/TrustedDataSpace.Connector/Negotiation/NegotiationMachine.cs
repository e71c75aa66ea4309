using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>
/// Every step of a negotiation: checked against the table of the protocol, and committed together with its round, its evidence and
/// with what must follow (a message to the counterparty, or this connector's own next step, unless that is a person's).
/// </summary>
internal sealed class NegotiationMachine(
    EvidenceTrail evidence,
    OutboxQueue outbox,
    AgreementService agreements,
    ParticipantKey key,
    Ids ids,
    ServiceSettings settings)
{
    /// <summary>Topic of the messages to the counterparty.</summary>
    public const string SendTopic = "negotiation.send";

    /// <summary>Topic of this connector's own next step.</summary>
    public const string AdvanceTopic = "negotiation.advance";

    /// <summary>A negotiation begins; by this connector (then its first message is sent) or by the counterparty.</summary>
    public NegotiationRecord Begin(UnitOfWork unit, NegotiationRecord begun)
    {
        var first = begun with { Round = 1 };
        var by = first.State == Requested ? DspRole.Consumer : DspRole.Provider;
        NegotiationStore.Add(unit, first);
        RoundStore.Add(unit, first, by);
        Follow(unit, first, from: null, by);
        return first;
    }

    /// <summary>The next step, by either party.</summary>
    /// <param name="unit">Of the command.</param>
    /// <param name="changed">The negotiation with what the step brings; its state is still the old one.</param>
    /// <param name="by">Whose step it is.</param>
    /// <param name="to">The new state.</param>
    /// <exception cref="RefusalException">InvalidTransition.</exception>
    public NegotiationRecord Step(UnitOfWork unit, NegotiationRecord changed, DspRole by, string to)
    {
        Require(changed, by, to);
        return Enter(unit, changed, by, to);
    }

    /// <summary>Refuses a step that the table does not have.</summary>
    /// <exception cref="RefusalException">InvalidTransition.</exception>
    public static void Require(NegotiationRecord negotiation, DspRole by, string to)
    {
        if (!May(by, negotiation.State, to))
        {
            throw new RefusalException(
                RefusalCode.InvalidTransition,
                $"The {by.ToString().ToLowerInvariant()} cannot bring a negotiation from {negotiation.State} to {to}.");
        }
    }

    /// <summary>This side puts terms on the table: the consumer asks again, or the provider makes an offer.</summary>
    public NegotiationRecord Propose(UnitOfWork unit, NegotiationRecord current, PolicyDocument offer) => Step(
        unit,
        current with { Offer = offer.ToString(), OwnTerms = offer.TermsHash },
        current.Role,
        current.Role == DspRole.Consumer ? Requested : Offered);

    /// <summary>The provider agrees to what is on the table, word for word, and signs it.</summary>
    public NegotiationRecord Agree(UnitOfWork unit, NegotiationRecord current)
    {
        AssetService.Require(unit, current.AssetId);
        var agreement = ContractTerms.Agree(
            current.OfferDocument, "urn:uuid:" + Guid.ParseExact(ids.Next(), "N"), current.DatasetId, settings.Participant.Id, current.Counterparty, unit.Now);
        var signature = AgreementSignature.Sign(agreement, key.Signing);
        return Step(unit, current with { Agreement = agreement.ToString(), ProviderSignature = signature }, DspRole.Provider, Agreed);
    }

    /// <summary>The consumer has found the agreement to be what is on the table, and signs it.</summary>
    public NegotiationRecord Verify(UnitOfWork unit, NegotiationRecord current)
    {
        Require(current, DspRole.Consumer, Verified);
        return Step(unit, current with { ConsumerSignature = AgreementSignature.Sign(current.AgreementDocument, key.Signing) }, DspRole.Consumer, Verified);
    }

    /// <summary>This side breaks off.</summary>
    public NegotiationRecord Terminate(UnitOfWork unit, NegotiationRecord current, IReadOnlyList<string> reasons, string? code = null) => Step(
        unit, current with { Reasons = DspProcess.ToReasons(reasons), Code = code ?? PeerReasons.Code(reasons) }, current.Role, Terminated);

    /// <summary>Ends the negotiation here, whatever the table says: the counterparty cannot be reached or goes another way.</summary>
    public void Abandon(UnitOfWork unit, string id, RefusalException reason)
    {
        if (NegotiationStore.Find(unit, id) is { } left && !IsFinal(left.State))
        {
            var reasons = DspProcess.ToReasons([$"{RefusalStatus.WireName(reason.Code)}: {reason.Message}"]);
            Enter(unit, left with { Reasons = reasons, Code = RefusalStatus.WireName(reason.Code) }, left.Role, Terminated, tell: false);
        }
    }

    private NegotiationRecord Enter(UnitOfWork unit, NegotiationRecord changed, DspRole by, string to, bool tell = true)
    {
        var isRound = to is Requested or Offered or Agreed;
        var entered = changed with { State = to, Round = changed.Round + (isRound ? 1 : 0), Revision = changed.Revision + 1 };
        NegotiationStore.Update(unit, entered);
        if (isRound)
        {
            RoundStore.Add(unit, entered, by);
        }

        if (to == Finalized)
        {
            agreements.Conclude(unit, Conclusion.Of(entered));
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
                round = entered.Round,
                offerHash = entered.OfferDocument.Hash,
                agreementHash = entered.Agreement is null ? null : entered.AgreementDocument.Hash,
                waiting = entered.IsWaiting,
                reasons = entered.ReasonTexts,
            },
            entered.Agreement is null ? null : entered.AgreementDocument.Id,
            entered.Id);

        unit.Changed(entered.Id);

        // One destination for each negotiation: its messages and steps stay in order and wait for no other negotiation.
        var destination = "negotiation:" + entered.Id;
        if (by == entered.Role && tell)
        {
            outbox.Add(unit, SendTopic, destination, new ProcessMessage(entered.Id, entered.State, entered.Round).ToBody(), entered.Counterparty);
        }

        if (entered.IsOwnTurn && !entered.IsWaiting)
        {
            outbox.Add(unit, AdvanceTopic, destination, entered.Id);
        }
    }
}
