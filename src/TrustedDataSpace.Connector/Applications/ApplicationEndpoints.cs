using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Applications;

internal static class ApplicationEndpoints
{
    public static void AddApplications(this IServiceCollection services) => services.AddSingleton<ApplicationService>();

    public static void MapApplications(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("apps");
        group.MapPost(ManagementRoutes.Applications, GrantAsync);
        group.MapGet(ManagementRoutes.Applications, List);
        group.MapDelete(ManagementRoutes.ApplicationById, RevokeAsync);
    }

    private static async Task<Created<ApplicationCredential>> GrantAsync(ApplicationGrant grant, ApplicationService applications, HttpResponse response)
    {
        // The body holds a secret.
        response.Headers.CacheControl = "no-store";
        var credential = await applications.GrantAsync(grant);
        return TypedResults.Created(ManagementRoutes.For(ManagementRoutes.ApplicationById, credential.Id), credential);
    }

    private static Ok<Page<ApplicationView>> List([AsParameters] PageRequest page, ApplicationService applications) => TypedResults.Ok(applications.List(page));

    private static async Task<NoContent> RevokeAsync(string id, ApplicationService applications)
    {
        await applications.RevokeAsync(id);
        return TypedResults.NoContent();
    }
}
