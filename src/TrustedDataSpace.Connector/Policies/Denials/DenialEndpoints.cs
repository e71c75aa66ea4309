using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Policies.Denials;

internal static class DenialEndpoints
{
    public static void MapDenials(this IEndpointRouteBuilder app) => app.MapManagement("decisions").MapGet(ManagementRoutes.DenialById, Find);

    private static Ok<DenialView> Find(string id, DenialEvidence denials) => TypedResults.Ok(denials.Find(id));
}
