using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Sends the messages of transfers.</summary>
internal sealed class TransferSend(
    TransferStore store,
    TransferMachine machine,
    DspClient client,
    ProviderFlows flows,
    ServiceAddress address) : IOutboxHandler
{
    public string Topic => TransferQueue.SendTopic;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        var (id, kind) = ProcessMessage.Of(message);
        var transfer = store.Find(id)!;
        if (kind == Requested)
        {
            var answer = await PostAsync(transfer, DspRoutes.TransferRequest, Request(transfer), message, cancellation);
            var begun = DspJson.Read<TransferProcess>(answer.Body);
            return unit => Bind(unit, id, begun.ProviderPid);
        }

        // Without an answer to the request the counterparty does not know this transfer: there is nobody to tell.
        if (transfer.CounterpartyPid is { } pid)
        {
            await SendAsync(transfer, pid, kind, message, cancellation);
        }

        return null;
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        // A termination that is not heard changes nothing here (DSP §9.2.5).
        var (id, kind) = ProcessMessage.Of(message);
        if (kind != Terminated)
        {
            machine.Abandon(unit, id, reason);
        }
    }

    private Task<JsonAnswer> SendAsync(TransferRecord transfer, string pid, string kind, OutboxMessage message, CancellationToken cancellation) => kind switch
    {
        Started => PostAsync(
            transfer,
            DspRoutes.TransferStart(pid),
            new TransferStartMessage
            {
                ProviderPid = transfer.ProviderPid,
                ConsumerPid = transfer.ConsumerPid,
                DataAddress = transfer.Role == DspRole.Provider ? DataAddress(transfer) : null,
            },
            message,
            cancellation),
        Completed => PostAsync(
            transfer,
            DspRoutes.TransferCompletion(pid),
            new TransferCompletionMessage { ProviderPid = transfer.ProviderPid, ConsumerPid = transfer.ConsumerPid },
            message,
            cancellation),
        Terminated => PostAsync(
            transfer,
            DspRoutes.TransferTermination(pid),
            new TransferTerminationMessage
            {
                ProviderPid = transfer.ProviderPid,
                ConsumerPid = transfer.ConsumerPid,
                Code = PeerReasons.Code(transfer.ReasonTexts),
                Reason = DspReasons.Of(transfer.ReasonTexts),
            },
            message,
            cancellation),
        _ => throw new InvalidOperationException($"A transfer has no message for {kind}."),
    };

    private TransferRequestMessage Request(TransferRecord transfer) => new()
    {
        ConsumerPid = transfer.Id,
        AgreementId = transfer.AgreementId,
        Format = transfer.Format,
        CallbackAddress = address.Url + DspEndpoints.Base,
    };

    // The token is made when the message is sent: it is fresh however late that is, and never waits in the outbox.
    private DataAddress DataAddress(TransferRecord transfer) => new()
    {
        EndpointType = DspConstants.HttpEndpointType,
        Endpoint = $"{address.Url}/data/{transfer.Flow}",
        EndpointProperties =
        [
            new EndpointProperty
            {
                Name = DspConstants.AuthorizationProperty,
                Value = flows.IssueToken(transfer.Flow, transfer.AgreementId, transfer.Counterparty),
            },
            new EndpointProperty { Name = DspConstants.AuthTypeProperty, Value = "bearer" },
        ],
    };

    private Task<JsonAnswer> PostAsync<T>(TransferRecord transfer, string route, T body, OutboxMessage message, CancellationToken cancellation)
        where T : IDspMessage =>
        client.PostAsync(transfer.Counterparty, transfer.CounterpartyPath + route, body, message.Id, cancellation);

    // The counterparty's next message may have been faster than its answer.
    private static void Bind(UnitOfWork unit, string id, string providerPid)
    {
        if (TransferStore.Find(unit, id) is { CounterpartyPid: null } current)
        {
            TransferStore.Update(unit, current with { CounterpartyPid = providerPid });
        }
    }
}
