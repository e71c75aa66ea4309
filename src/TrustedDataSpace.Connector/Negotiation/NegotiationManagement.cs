using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>Negotiations in the management interface.</summary>
internal static class NegotiationManagement
{
    public static void MapNegotiationManagement(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("negotiations");
        group.MapPost(ManagementRoutes.Negotiations, StartAsync);
        group.MapGet(ManagementRoutes.Negotiations, List);
        group.MapGet(ManagementRoutes.NegotiationById, GetAsync);
        group.MapPost(ManagementRoutes.NegotiationTermination, TerminateAsync);
    }

    private static async Task<IResult> StartAsync(NegotiationStart start, NegotiationService service, CancellationToken cancellation)
    {
        var view = await service.StartAsync(start, cancellation);
        return TypedResults.Created(ManagementRoutes.For(ManagementRoutes.NegotiationById, view.Id), view);
    }

    private static Page<NegotiationView> List([AsParameters] PageRequest page, NegotiationService service) => service.List(page);

    private static Task<NegotiationView> GetAsync(string id, HttpRequest request, NegotiationService service, CancellationToken cancellation) =>
        service.GetAsync(id, PreferredWait.Of(request), cancellation);

    private static Task<NegotiationView> TerminateAsync(string id, Termination termination, NegotiationService service) =>
        service.TerminateAsync(id, termination);
}
