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
        group.MapPost(ManagementRoutes.Transfers, StartAsync);
        group.MapGet(ManagementRoutes.Transfers, List);
        group.MapGet(ManagementRoutes.TransferById, GetAsync);
        group.MapPost(ManagementRoutes.TransferTermination, TerminateAsync);
        group.MapPost(ManagementRoutes.TransferCompletion, CompleteAsync);
        group.MapPost(ManagementRoutes.AgreementTermination, EndAsync);
    }

    private static async Task<IResult> StartAsync(TransferStart start, TransferService service, CancellationToken cancellation)
    {
        var view = await service.StartAsync(start, cancellation);
        return TypedResults.Created(ManagementRoutes.For(ManagementRoutes.TransferById, view.Id), view);
    }

    private static Page<TransferView> List([AsParameters] PageRequest page, TransferService service) => service.List(page);

    private static Task<TransferView> GetAsync(string id, string? after, HttpRequest request, TransferService service, CancellationToken cancellation) =>
        service.GetAsync(id, after, PreferredWait.Of(request), cancellation);

    private static Task<TransferView> TerminateAsync(string id, Termination termination, TransferService service) =>
        service.TerminateAsync(id, termination);

    private static Task<TransferView> CompleteAsync(string id, TransferService service) => service.CompleteAsync(id);

    private static Task<AgreementView> EndAsync(string id, Termination termination, AgreementEnd end) => end.EndAsync(id, termination);
}
