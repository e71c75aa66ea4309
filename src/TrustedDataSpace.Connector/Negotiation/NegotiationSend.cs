using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>Sends the messages of negotiations.</summary>
internal sealed class NegotiationSend(NegotiationStore store, NegotiationMachine machine, DspClient client, ServiceAddress address) : IOutboxHandler
{
    public string Topic => NegotiationMachine.SendTopic;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        var (id, kind) = ProcessMessage.Of(message);
        var process = store.Find(id)!;
        if (kind == Requested)
        {
            var answer = await PostAsync(process, DspRoutes.NegotiationRequest, Request(process), message, cancellation);
            var begun = DspJson.Read<ContractNegotiation>(answer.Body);
            return unit => Bind(unit, id, begun.ProviderPid);
        }

        // Without an answer to the request the counterparty does not know this negotiation: there is nobody to tell.
        if (process.CounterpartyPid is { } pid)
        {
            await SendAsync(process, pid, kind, message, cancellation);
        }

        return null;
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        // A termination that is not heard changes nothing here (DSP §7.2.6).
        var (id, kind) = ProcessMessage.Of(message);
        if (kind != Terminated)
        {
            machine.Abandon(unit, id, reason);
        }
    }

    private Task<JsonAnswer> SendAsync(NegotiationRecord process, string pid, string kind, OutboxMessage message, CancellationToken cancellation) => kind switch
    {
        Agreed => PostAsync(
            process,
            DspRoutes.NegotiationAgreement(pid),
            new ContractAgreementMessage { ProviderPid = process.ProviderPid, ConsumerPid = process.ConsumerPid, Agreement = process.AgreementDocument },
            message,
            cancellation),
        Verified => PostAsync(
            process,
            DspRoutes.NegotiationVerification(pid),
            new ContractAgreementVerificationMessage { ProviderPid = process.ProviderPid, ConsumerPid = process.ConsumerPid },
            message,
            cancellation),
        Accepted or Finalized => PostAsync(
            process,
            DspRoutes.NegotiationEvents(pid),
            new ContractNegotiationEventMessage { ProviderPid = process.ProviderPid, ConsumerPid = process.ConsumerPid, EventType = kind },
            message,
            cancellation),
        Terminated => PostAsync(
            process,
            DspRoutes.NegotiationTermination(pid),
            new ContractNegotiationTerminationMessage
            {
                ProviderPid = process.ProviderPid,
                ConsumerPid = process.ConsumerPid,
                Code = PeerReasons.Code(process.ReasonTexts),
                Reason = DspReasons.Of(process.ReasonTexts),
            },
            message,
            cancellation),
        _ => throw new InvalidOperationException($"A negotiation has no message for {kind}."),
    };

    private ContractRequestMessage Request(NegotiationRecord process) => new()
    {
        ConsumerPid = process.Id,
        Offer = process.OfferDocument,
        CallbackAddress = address.Url + DspEndpoints.Base,
    };

    private Task<JsonAnswer> PostAsync<T>(NegotiationRecord process, string route, T body, OutboxMessage message, CancellationToken cancellation)
        where T : IDspMessage =>
        client.PostAsync(process.Counterparty, process.CounterpartyPath + route, body, message.Id, cancellation);

    // The counterparty's next message may have been faster than its answer.
    private static void Bind(UnitOfWork unit, string id, string providerPid)
    {
        if (NegotiationStore.Find(unit, id) is { CounterpartyPid: null } current)
        {
            NegotiationStore.Update(unit, current with { CounterpartyPid = providerPid });
        }
    }
}
