using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Dsp;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Writes the messages of transfers (DSP §9.2), each from the transfer as it stands and the state that it leads to.</summary>
internal sealed class TransferMessages(FlowHandover handover, AgreementService agreements, Pushes pushes, ServiceAddress address)
{
    /// <summary>
    /// The message; null when there is nothing left to tell: the counterparty has answered a start already (it suspends only what it knows to be
    /// started), or a suspension has given way to the counterparty's. One that is over is sent all the same: the start behind it brings a new key, which
    /// only a counterparty takes that has heard of the suspension.
    /// </summary>
    public async ValueTask<ProcessPost?> WriteAsync(TransferRecord transfer, string kind, CancellationToken cancellation)
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
                new TransferStartMessage { ProviderPid = provider, ConsumerPid = consumer, DataAddress = transfer.Role == DspRole.Consumer ? PushTo(transfer) : await PullFromAsync(transfer, cancellation) }),
            Suspended when transfer.State == Suspended && transfer.SuspendedBy != transfer.RoleName => null,
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
    private async ValueTask<DataAddress?> PullFromAsync(TransferRecord transfer, CancellationToken cancellation) => transfer.IsPush ? null : new()
    {
        EndpointType = DspConstants.HttpEndpointType,
        Endpoint = $"{address.Url}/data/{transfer.Flow}",
        EndpointProperties = await handover.WriteAsync(transfer.Flow, transfer.AgreementId, transfer.Counterparty, AllowsBearer(transfer), transfer.Certificate, cancellation),
    };

    private bool AllowsBearer(TransferRecord transfer) => agreements.Find(transfer.AgreementId)?.Transfers.AllowBearer ?? false;

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
