using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>
/// Acts on messages of peers, in a fixed order: the counterparty's own process or "not found", already seen?, the table, the step.
/// What follows runs from the outbox, so a connector killed after its answer goes on where it was.
/// </summary>
internal sealed class NegotiationReceiver(
    Database database, NegotiationStore store, NegotiationMachine machine, ProductService products, AgreementCheck check, Ids ids)
{
    /// <summary>Offers of one provider that nobody here has asked for and nobody has answered yet. More are refused.</summary>
    public const int MostUnanswered = 100;

    /// <summary>A consumer asks for a contract (DSP §7.2.1). Asking again with the same process id finds the same negotiation.</summary>
    /// <param name="message">The request.</param>
    /// <param name="callbackPath">Its callback address, checked.</param>
    public Task<NegotiationRecord> RequestAsync(DspMessage<ContractRequestMessage> message, string callbackPath)
    {
        var asked = message.Body.Offer;
        return database.WriteAsync(unit =>
        {
            if (FindBegun(unit, DspRole.Provider, message.Sender, message.Body.ConsumerPid, asked, "consumerPid") is { } begun)
            {
                return begun;
            }

            var offer = RequireOffered(asked);
            return machine.Begin(unit, NewRecord(message.Sender, callbackPath, Requested) with
            {
                Role = DspRole.Provider,
                CounterpartyPid = message.Body.ConsumerPid,
                DatasetId = offer.ProductId,
                AssetId = offer.AssetId,
                Classification = offer.Classification,
                Mode = offer.Negotiation,
                TransferMode = offer.Transfers,
                Finite = offer.Finite ? 1 : 0,
                AllowBearer = offer.AllowBearer ? 1 : 0,
                Formats = TransferTerms.Write(offer.Formats),
                OwnTerms = offer.Offer.TermsHash,
                Offer = asked.ToString(),
            });
        });
    }

    /// <summary>A provider makes an offer that nobody here has asked for (DSP §7.2.2). A person or a program decides what becomes of it.</summary>
    /// <param name="message">The offer.</param>
    /// <param name="callbackPath">Its callback address, checked.</param>
    public Task<NegotiationRecord> UnaskedOfferAsync(DspMessage<ContractOfferMessage> message, string callbackPath)
    {
        var offer = message.Body.Offer;
        CompiledPolicy.Of(offer);
        return database.WriteAsync(unit =>
        {
            if (FindBegun(unit, DspRole.Consumer, message.Sender, message.Body.ProviderPid, offer, "providerPid") is { } begun)
            {
                return begun;
            }

            if (NegotiationStore.CountUnanswered(unit, message.Sender, MostUnanswered) >= MostUnanswered)
            {
                throw new RefusalException(RefusalCode.Conflict, $"{MostUnanswered} offers of this provider wait here for an answer.") { Remedy = "wait until they are answered, or terminate some" };
            }

            return machine.Begin(unit, NewRecord(message.Sender, callbackPath, Offered) with
            {
                Role = DspRole.Consumer,
                CounterpartyPid = message.Body.ProviderPid,
                DatasetId = offer.Target!,
                Mode = NegotiationModes.Manual,
                Offer = offer.ToString(),
            });
        });
    }

    /// <summary>The consumer asks again with other terms (DSP §7.2.1). In automatic mode none but the provider's own are negotiable.</summary>
    public Task<NegotiationRecord> CounterRequestAsync(string pid, DspMessage<ContractRequestMessage> message) =>
        ReceiveAsync(pid, message, Requested, known => PutOnTable(known, message.Body.Offer));

    /// <summary>The provider makes an offer (DSP §7.2.2).</summary>
    public Task<NegotiationRecord> OfferAsync(string pid, DspMessage<ContractOfferMessage> message) =>
        ReceiveAsync(pid, message, Offered, known => PutOnTable(known, message.Body.Offer));

    /// <summary>The consumer accepts, or the provider finalizes (DSP §7.2.5).</summary>
    public Task<NegotiationRecord> EventAsync(string pid, DspMessage<ContractNegotiationEventMessage> message) =>
        ReceiveAsync(pid, message, message.Body.EventType, known => known);

    /// <summary>The provider agrees (DSP §7.2.3). Whether to what is on the table is this connector's next step.</summary>
    public Task<NegotiationRecord> AgreementAsync(string pid, DspMessage<ContractAgreementMessage> message) => ReceiveAsync(
        pid, message, Agreed, known => known with { Agreement = message.Body.Agreement.ToString(), ProviderSignature = message.Body.Signature });

    /// <summary>The consumer has verified the agreement (DSP §7.2.4), and signed it if its connector does.</summary>
    public async Task<NegotiationRecord> VerificationAsync(string pid, DspMessage<ContractAgreementVerificationMessage> message, CancellationToken cancellation)
    {
        if (DspProcess.KnownTo(store.Find(pid), message) is { Role: DspRole.Provider, Agreement: not null } known)
        {
            await check.RequireSignatureAsync(message.Sender, message.Body.Signature, known.AgreementDocument, cancellation);
        }

        return await ReceiveAsync(pid, message, Verified, current => current with { ConsumerSignature = message.Body.Signature ?? current.ConsumerSignature });
    }

    /// <summary>The counterparty breaks the negotiation off (DSP §7.2.6).</summary>
    public Task<NegotiationRecord> TerminationAsync(string pid, DspMessage<ContractNegotiationTerminationMessage> message) => ReceiveAsync(
        pid,
        message,
        Terminated,
        known => known.State == Terminated
            ? known
            : known with { Code = PeerReasons.Shortened(message.Body.Code), Reasons = DspProcess.ToReasons(PeerReasons.Texts(message.Body.Code, message.Body.Reason)) });

    private Task<NegotiationRecord> ReceiveAsync<T>(string pid, DspMessage<T> message, string to, Func<NegotiationRecord, NegotiationRecord> change) =>
        database.WriteAsync(unit =>
        {
            var known = DspProcess.KnownTo(NegotiationStore.Find(unit, pid), message);
            if (!DspInbox.HasEffect(unit, message, isThere: false))
            {
                return known;
            }

            // A peer that marks its messages asks a second time with a new mark; one that does not may only have lost our answer.
            var changed = change(known);
            var isThere = known.State == to && changed == known && (to != Requested || message.Id is null);
            return isThere ? known : machine.Step(unit, changed, known.CounterpartyRole, to);
        });

    private NegotiationRecord NewRecord(string counterparty, string callbackPath, string state) => new()
    {
        Id = ids.Next(),
        State = state,
        Counterparty = counterparty,
        CounterpartyPath = callbackPath,
    };

    private static NegotiationRecord? FindBegun(UnitOfWork unit, DspRole role, string sender, string pid, PolicyDocument offer, string property) =>
        NegotiationStore.FindBegun(unit, role, sender, pid) is not { } begun ? null
            : (RoundStore.FirstHash(unit, begun.Id) ?? begun.OfferDocument.Hash) == offer.Hash ? begun
            : throw new RefusalException(RefusalCode.Conflict, $"Another negotiation was begun with this {property}.") { Where = "$." + property };

    private static NegotiationRecord PutOnTable(NegotiationRecord known, PolicyDocument offer)
    {
        if (offer.Target != known.DatasetId)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The negotiation is about dataset '{known.DatasetId}', the offer about '{offer.Target}'.")
            {
                Where = "$.offer.target",
                Remedy = "begin another negotiation for another dataset",
            };
        }

        // Refused when it is offered, not when it is used (DESIGN §3 rule 1).
        CompiledPolicy.Of(offer);
        var changed = known with { Offer = offer.ToString() };
        return known.Role == DspRole.Provider && known.Mode == NegotiationModes.Automatic && !changed.HasOwnTerms
            ? throw NotNegotiable()
            : changed;
    }

    private ProductOffer RequireOffered(PolicyDocument asked)
    {
        var offered = products.FindOffer(asked.Id);
        if (offered is null || offered.ProductId != asked.Target)
        {
            throw new RefusalException(RefusalCode.NotFound, $"There is no offer '{asked.Id}' for dataset '{asked.Target}'.") { Where = "$.offer" };
        }

        if (!ContractTerms.AreSame(offered.Offer, asked))
        {
            if (offered.Negotiation == NegotiationModes.Automatic)
            {
                throw NotNegotiable();
            }

            CompiledPolicy.Of(asked);
        }

        return offered;
    }

    private static RefusalException NotNegotiable() =>
        new(RefusalCode.Unsupported, "The terms are not those of the published offer; this provider negotiates no others.")
        {
            Where = "$.offer",
            Remedy = "ask for the offer as it stands in the catalog",
        };
}
