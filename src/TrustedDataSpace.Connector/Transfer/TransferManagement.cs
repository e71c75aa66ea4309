using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Transfers in the management interface.</summary>
internal static class TransferManagement
{
    public static void MapTransferManagement(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("transfers");
        group.MapPost(ManagementRoutes.Transfers, RequestAsync);
        group.MapGet(ManagementRoutes.Transfers, List);
        group.MapGet(ManagementRoutes.TransferById, GetAsync);
        group.MapPost(ManagementRoutes.TransferStarting, StartAsync);
        group.MapPost(ManagementRoutes.TransferSuspension, SuspendAsync);
        group.MapPost(ManagementRoutes.TransferCompletion, CompleteAsync);
        group.MapPost(ManagementRoutes.TransferTermination, TerminateAsync);
        group.MapPost(ManagementRoutes.AgreementTermination, EndAsync);
    }

    private static async Task<IResult> RequestAsync(TransferStart start, TransferRequests requests, CancellationToken cancellation)
    {
        var view = await requests.StartAsync(start, cancellation);
        return TypedResults.Created(ManagementRoutes.For(ManagementRoutes.TransferById, view.Id), view);
    }

    private static Page<TransferView> List([AsParameters] TransferFilter filter, [AsParameters] PageRequest page, TransferService service) =>
        service.List(filter, page);

    private static Task<TransferView> GetAsync(string id, string? after, HttpRequest request, TransferService service, CancellationToken cancellation) =>
        service.GetAsync(id, after, PreferredWait.Of(request), cancellation);

    private static Task<TransferView> StartAsync(string id, TransferSteps steps, CancellationToken cancellation) => steps.StartAsync(id, cancellation);

    private static Task<TransferView> SuspendAsync(string id, Termination why, TransferSteps steps) => steps.SuspendAsync(id, why);

    private static Task<TransferView> CompleteAsync(string id, TransferSteps steps) => steps.CompleteAsync(id);

    private static Task<TransferView> TerminateAsync(string id, Termination why, TransferSteps steps) => steps.TerminateAsync(id, why);

    private static Task<AgreementView> EndAsync(string id, Termination termination, AgreementEnd end) => end.EndAsync(id, termination);
}
