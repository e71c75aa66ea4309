using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Agreements;

/// <summary>Agreements in the management interface.</summary>
internal static class AgreementManagement
{
    public static void MapAgreements(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("agreements");
        group.MapGet(ManagementRoutes.Agreements, List);
        group.MapGet(ManagementRoutes.AgreementById, GetAsync);
        group.MapPost(ManagementRoutes.AgreementDestruction, (string id, DestructionReport report, DataDestruction destruction) => destruction.ReportAsync(id, report));
    }

    private static Page<AgreementView> List(string? state, [AsParameters] PageRequest page, AgreementService service) => service.List(page, state);

    private static Task<AgreementView> GetAsync(string id, HttpRequest request, AgreementService service, CancellationToken cancellation) =>
        service.GetAsync(id, PreferredWait.Of(request), cancellation);
}
