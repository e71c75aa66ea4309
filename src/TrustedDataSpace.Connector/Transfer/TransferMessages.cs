using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Dsp;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Writes the messages of transfers (DSP §9.2), each from the transfer as it stands and the state that it leads to.</summary>
internal sealed class TransferMessages(ProviderFlows flows, ServiceAddress address)
{
    public ProcessPost Write(TransferRecord transfer, string kind)
    {
        var (provider, consumer, pid) = (transfer.ProviderPid, transfer.ConsumerPid, transfer.CounterpartyPid ?? "");
        return kind switch
        {
            Requested => new(DspRoutes.TransferRequest, Request(transfer), Opens: true),
            Started => new(
                DspRoutes.TransferStart(pid),
                new TransferStartMessage { ProviderPid = provider, ConsumerPid = consumer, DataAddress = transfer.Role == DspRole.Provider ? DataAddress(transfer) : null }),
            Completed => new(
                DspRoutes.TransferCompletion(pid),
                new TransferCompletionMessage { ProviderPid = provider, ConsumerPid = consumer }),
            Terminated => new(
                DspRoutes.TransferTermination(pid),
                new TransferTerminationMessage
                {
                    ProviderPid = provider,
                    ConsumerPid = consumer,
                    Code = PeerReasons.Code(transfer.ReasonTexts),
                    Reason = DspReasons.Of(transfer.ReasonTexts),
                }),
            _ => throw new InvalidOperationException($"A transfer has no message for {kind}."),
        };
    }

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
}
