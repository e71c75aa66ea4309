using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>
/// Which part of the management interface an endpoint belongs to, as metadata: GET and HEAD need the scope <c>AREA:read</c>, every other
/// method <c>AREA:write</c>.
/// </summary>
/// <param name="Name">Lower-case word, such as <c>negotiations</c>.</param>
public sealed record ManagementArea(string Name);

/// <summary>Maps endpoints of the management interface.</summary>
public static class ManagementEndpoints
{
    /// <summary>A group whose endpoints ask for a management credential.</summary>
    /// <param name="app">The service.</param>
    /// <param name="area">Name of the area: the first half of the scopes that reach it.</param>
    public static RouteGroupBuilder MapManagement(this IEndpointRouteBuilder app, string area)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.MapGroup("").RequireAuthorization(ServiceHost.ManagementPolicy).WithMetadata(new ManagementArea(area));
    }
}
