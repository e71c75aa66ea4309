using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Dsp;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Writes the messages of transfers (DSP §9.2), each from the transfer as it stands and the state that it leads to.</summary>
internal sealed class TransferMessages(ProviderFlows flows, Pushes pushes, ServiceAddress address)
{
    /// <summary>The message; null when the counterparty has answered it already: it suspends only what it knows to be started.</summary>
    public ProcessPost? Write(TransferRecord transfer, string kind)
    {
        var (provider, consumer, pid) = (transfer.ProviderPid, transfer.ConsumerPid, transfer.CounterpartyPid ?? "");
        return kind switch
        {
            Requested => new(
                DspRoutes.TransferRequest,
                new TransferRequestMessage
                {
                    ConsumerPid = transfer.Id,
                    AgreementId = transfer.AgreementId,
                    Format = transfer.Format,
                    CallbackAddress = address.Url + DspEndpoints.Base,
                    DataAddress = PushTo(transfer),
                },
                Opens: true),
            Started when transfer.State == Suspended && transfer.SuspendedBy != transfer.RoleName => null,
            Started => new(
                DspRoutes.TransferStart(pid),
                new TransferStartMessage { ProviderPid = provider, ConsumerPid = consumer, DataAddress = transfer.Role == DspRole.Consumer ? PushTo(transfer) : PullFrom(transfer) }),
            Suspended => new(
                DspRoutes.TransferSuspension(pid),
                new TransferSuspensionMessage { ProviderPid = provider, ConsumerPid = consumer, Code = transfer.Code, Reason = DspReasons.Of(transfer.ReasonTexts) }),
            Completed => new(
                DspRoutes.TransferCompletion(pid),
                new TransferCompletionMessage { ProviderPid = provider, ConsumerPid = consumer }),
            Terminated => new(
                DspRoutes.TransferTermination(pid),
                new TransferTerminationMessage { ProviderPid = provider, ConsumerPid = consumer, Code = transfer.Code, Reason = DspReasons.Of(transfer.ReasonTexts) }),
            _ => throw new InvalidOperationException($"A transfer has no message for {kind}."),
        };
    }

    // The token is made when the message is sent: it is fresh however late that is, and never waits in the outbox.
    private DataAddress? PullFrom(TransferRecord transfer) => transfer.IsPush ? null : new()
    {
        EndpointType = DspConstants.HttpEndpointType,
        Endpoint = $"{address.Url}/data/{transfer.Flow}",
        EndpointProperties = Bearer(flows.IssueToken(transfer.Flow, transfer.AgreementId, transfer.Counterparty)),
    };

    // A transfer that has ended meanwhile has no address any more, and its request is still sent: the provider must hear of its end.
    private DataAddress? PushTo(TransferRecord transfer) => !transfer.IsPush || pushes.Find(transfer.RoleName, transfer.Id) is not { } push ? null : new()
    {
        EndpointType = DspConstants.HttpEndpointType,
        Endpoint = address.Url + PushGate.Prefix + transfer.Id,
        EndpointProperties =
        [
            .. Bearer(push.Address.Token),
            .. push.Purpose.Length == 0 ? [] : new[] { new EndpointProperty { Name = DspConstants.PurposeProperty, Value = push.Purpose } },
        ],
    };

    private static IReadOnlyList<EndpointProperty> Bearer(string token) =>
    [
        new EndpointProperty { Name = DspConstants.AuthorizationProperty, Value = token },
        new EndpointProperty { Name = DspConstants.AuthTypeProperty, Value = DspConstants.BearerAuthType },
    ];
}
