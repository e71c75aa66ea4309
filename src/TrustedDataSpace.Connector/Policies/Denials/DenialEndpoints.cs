using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Policies.Allows;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Policies.Denials;

internal static class DenialEndpoints
{
    public static void MapDenials(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("decisions");
        group.MapGet(ManagementRoutes.DenialById, Find);
        group.MapGet(ManagementRoutes.AllowById, (string id, AllowedQuestions allows) => TypedResults.Ok(allows.Find(id)));
        group.MapGet(ManagementRoutes.AllowOfInterval, (string flow, string interval, AllowedQuestions allows) => TypedResults.Ok(allows.Find(flow, interval)));
    }

    private static Ok<DenialView> Find(string id, DenialEvidence denials) => TypedResults.Ok(denials.Find(id));
}
