using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Dsp;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>Writes the messages of negotiations (DSP §7.2): the first ones with a callback address, the later ones with both process ids.</summary>
internal sealed class NegotiationMessages(RoundStore rounds, ServiceAddress address)
{
    private string Callback => address.Url + DspEndpoints.Base;

    /// <summary>The message; null when the counterparty has answered it already: it moves on only from the state that the message leads to.</summary>
    public ProcessPost? Write(NegotiationRecord negotiation, ProcessMessage message)
    {
        if (negotiation.State != message.Kind && negotiation.State != Terminated)
        {
            return null;
        }

        var (provider, consumer, pid) = (negotiation.ProviderPid, negotiation.ConsumerPid, negotiation.CounterpartyPid ?? "");
        return message.Kind switch
        {
            Requested => message.Round <= 1
                ? new(DspRoutes.NegotiationRequest, new ContractRequestMessage { ConsumerPid = consumer, Offer = Offer(negotiation, message), CallbackAddress = Callback }, Opens: true)
                : new(DspRoutes.NegotiationCounterRequest(pid), new ContractRequestMessage { ProviderPid = provider, ConsumerPid = consumer, Offer = Offer(negotiation, message) }),
            Offered => message.Round <= 1
                ? new(DspRoutes.NegotiationOffer, new ContractOfferMessage { ProviderPid = provider, Offer = Offer(negotiation, message), CallbackAddress = Callback }, Opens: true)
                : new(DspRoutes.NegotiationOffers(pid), new ContractOfferMessage { ProviderPid = provider, ConsumerPid = consumer, Offer = Offer(negotiation, message) }),
            Accepted or Finalized => new(
                DspRoutes.NegotiationEvents(pid),
                new ContractNegotiationEventMessage { ProviderPid = provider, ConsumerPid = consumer, EventType = message.Kind }),
            Agreed => new(
                DspRoutes.NegotiationAgreement(pid),
                new ContractAgreementMessage { ProviderPid = provider, ConsumerPid = consumer, Agreement = negotiation.AgreementDocument, Signature = negotiation.ProviderSignature }),
            Verified => new(
                DspRoutes.NegotiationVerification(pid),
                new ContractAgreementVerificationMessage { ProviderPid = provider, ConsumerPid = consumer, Signature = negotiation.ConsumerSignature }),
            Terminated => new(
                DspRoutes.NegotiationTermination(pid),
                new ContractNegotiationTerminationMessage { ProviderPid = provider, ConsumerPid = consumer, Code = negotiation.Code, Reason = DspReasons.Of(negotiation.ReasonTexts) }),
            _ => throw new InvalidOperationException($"A negotiation has no message for {message.Kind}."),
        };
    }

    // By its round: when this message is sent again, the counterparty's next offer may lie on the table already. Round 0: promised by an
    // earlier version of this program.
    private PolicyDocument Offer(NegotiationRecord negotiation, ProcessMessage message) =>
        message.Round is 0 || message.Round == negotiation.Round ? negotiation.OfferDocument : rounds.Policy(negotiation.Id, message.Round);
}
