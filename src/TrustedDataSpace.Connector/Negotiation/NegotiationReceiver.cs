using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>
/// Acts on messages of peers, in a fixed order: the counterparty's own process or "not found", already seen?, the table, the step.
/// What follows runs from the outbox, so a connector killed after its answer goes on where it was.
/// </summary>
internal sealed class NegotiationReceiver(Database database, NegotiationMachine machine, ProductService products, Ids ids)
{
    /// <summary>A consumer asks for a contract (DSP §7.2.1). Asking again with the same process id finds the same negotiation.</summary>
    /// <param name="message">The request.</param>
    /// <param name="callbackPath">Its callback address, checked.</param>
    public Task<NegotiationRecord> RequestAsync(DspMessage<ContractRequestMessage> message, string callbackPath)
    {
        var asked = message.Body.Offer;
        return database.WriteAsync(unit =>
        {
            if (NegotiationStore.FindRequested(unit, message.Sender, message.Body.ConsumerPid) is { } begun)
            {
                return begun.OfferDocument.Equals(asked)
                    ? begun
                    : throw new RefusalException(RefusalCode.Conflict, "Another negotiation was begun with this consumerPid.") { Where = "$.consumerPid" };
            }

            var offer = RequireOffered(asked);
            return machine.Begin(unit, new NegotiationRecord
            {
                Id = ids.Next(),
                Role = DspRole.Provider,
                State = Requested,
                Counterparty = message.Sender,
                CounterpartyPid = message.Body.ConsumerPid,
                CounterpartyPath = callbackPath,
                DatasetId = offer.ProductId,
                AssetId = offer.AssetId,
                Classification = offer.Classification,
                Offer = asked.ToString(),
            });
        });
    }

    /// <summary>The consumer asks again with other terms (DSP §7.2.1): only an offer of ours could be answered so, and we make none.</summary>
    public Task<NegotiationRecord> CounterRequestAsync(string pid, DspMessage<ContractRequestMessage> message) =>
        ReceiveAsync(pid, message, Requested, known => known with { Offer = message.Body.Offer.ToString() });

    /// <summary>The provider makes an offer (DSP §7.2.2).</summary>
    public Task<NegotiationRecord> OfferAsync(string pid, DspMessage<ContractOfferMessage> message) => ReceiveAsync(
        pid,
        message,
        Offered,
        known => ContractTerms.AreSame(known.OfferDocument, message.Body.Offer)
            ? known
            : known with { Reasons = DspProcess.ToReasons(["offer_altered: the terms are not those that were asked for"]) });

    /// <summary>The consumer accepts, or the provider finalizes (DSP §7.2.5).</summary>
    public Task<NegotiationRecord> EventAsync(string pid, DspMessage<ContractNegotiationEventMessage> message) =>
        ReceiveAsync(pid, message, message.Body.EventType, known => known);

    /// <summary>The provider agrees (DSP §7.2.3). Whether to what was asked is this connector's next step.</summary>
    public Task<NegotiationRecord> AgreementAsync(string pid, DspMessage<ContractAgreementMessage> message) =>
        ReceiveAsync(pid, message, Agreed, known => known with { Agreement = message.Body.Agreement.ToString() });

    /// <summary>The consumer has verified the agreement (DSP §7.2.4).</summary>
    public Task<NegotiationRecord> VerificationAsync(string pid, DspMessage<ContractAgreementVerificationMessage> message) =>
        ReceiveAsync(pid, message, Verified, known => known);

    /// <summary>The counterparty breaks the negotiation off (DSP §7.2.6).</summary>
    public Task<NegotiationRecord> TerminationAsync(string pid, DspMessage<ContractNegotiationTerminationMessage> message) => ReceiveAsync(
        pid,
        message,
        Terminated,
        known => known.State == Terminated ? known : known with { Reasons = DspProcess.ToReasons(PeerReasons.Texts(message.Body.Code, message.Body.Reason)) });

    private Task<NegotiationRecord> ReceiveAsync<T>(string pid, DspMessage<T> message, string to, Func<NegotiationRecord, NegotiationRecord> change) =>
        database.WriteAsync(unit =>
        {
            var known = DspProcess.KnownTo(NegotiationStore.Find(unit, pid), message);
            var changed = change(known);
            return DspInbox.HasEffect(unit, message, isThere: known.State == to && changed == known)
                ? machine.Step(unit, changed, known.CounterpartyRole, to)
                : known;
        });

    private ProductOffer RequireOffered(PolicyDocument asked)
    {
        var offered = products.FindOffer(asked.Id);
        if (offered is null || offered.ProductId != asked.Target)
        {
            throw new RefusalException(RefusalCode.NotFound, $"There is no offer '{asked.Id}' for dataset '{asked.Target}'.") { Where = "$.offer" };
        }

        if (!ContractTerms.AreSame(offered.Offer, asked))
        {
            throw new RefusalException(RefusalCode.Unsupported, "The terms are not those of the published offer; this provider negotiates no others.")
            {
                Where = "$.offer",
                Remedy = "ask for the offer as it stands in the catalog",
            };
        }

        return offered;
    }
}
