using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Transfer processes over HTTP (DSP §10), both roles: which one is meant follows from the process.</summary>
internal static class TransferEndpoints
{
    public static void MapTransfer(this IEndpointRouteBuilder app)
    {
        var group = app.MapDsp(DspErrors.Transfer);
        group.MapPost(DspRouteTemplates.TransferRequest, RequestAsync);
        group.MapGet(DspRouteTemplates.Transfer, Get);
        group.MapPost(DspRouteTemplates.TransferStart, StartAsync);
        group.MapPost(DspRouteTemplates.TransferCompletion, CompletionAsync);
        group.MapPost(DspRouteTemplates.TransferSuspension, SuspensionAsync);
        group.MapPost(DspRouteTemplates.TransferTermination, TerminationAsync);
    }

    private static async Task<IResult> RequestAsync(HttpContext context, TransferReceiver receiver, IPeerDirectory directory, CertificateProofs certificates)
    {
        var message = await DspReader.ReadAsync<TransferRequestMessage>(context);
        var sender = await directory.FindAsync(message.Sender, context.RequestAborted);
        var path = PeerAddress.PathBelow(sender, message.Body.CallbackAddress, "callbackAddress");
        var address = message.Body is { Format: DspConstants.HttpPush, DataAddress: { } given } ? PeerDataAddress.ReadPush(sender, given) : null;
        return DspEndpoints.Answer((await receiver.RequestAsync(message, path, address, certificates.Find(context))).ToMessage(), StatusCodes.Status201Created);
    }

    private static IResult Get(string pid, HttpContext context, TransferStore store) =>
        DspEndpoints.Answer(DspProcess.KnownTo(store.Find(pid), DspReader.Sender(context)).ToMessage());

    private static async Task<IResult> StartAsync(string pid, HttpContext context, TransferReceiver receiver, IPeerDirectory directory, FlowHandover handover)
    {
        var message = await DspReader.ReadAsync<TransferStartMessage>(context);
        var address = message.Body.DataAddress is { } given && PeerDataAddress.Read(await directory.FindAsync(message.Sender, context.RequestAborted), given) is { } read
            ? read with { Signer = handover.Read(message.Body.ProviderPid, given) }
            : null;
        return Answer(await receiver.StartAsync(pid, message, address, context.RequestAborted));
    }

    private static async Task<IResult> CompletionAsync(string pid, HttpContext context, TransferReceiver receiver) =>
        Answer(await receiver.CompletionAsync(pid, await DspReader.ReadAsync<TransferCompletionMessage>(context)));

    private static async Task<IResult> SuspensionAsync(string pid, HttpContext context, TransferReceiver receiver) =>
        Answer(await receiver.SuspensionAsync(pid, await DspReader.ReadAsync<TransferSuspensionMessage>(context)));

    private static async Task<IResult> TerminationAsync(string pid, HttpContext context, TransferReceiver receiver) =>
        Answer(await receiver.TerminationAsync(pid, await DspReader.ReadAsync<TransferTerminationMessage>(context)));

    private static IResult Answer(TransferRecord transfer) => DspEndpoints.Answer(transfer.ToMessage());
}
