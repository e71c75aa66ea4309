using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>
/// Which part of the management interface an endpoint belongs to, as metadata: GET and HEAD need the scope <c>AREA:read</c>, every other
/// method <c>AREA:write</c>, unless the endpoint only reads all the same (<see cref="ReadsOnly"/>).
/// </summary>
/// <param name="Name">Lower-case word, such as <c>negotiations</c>.</param>
public sealed record ManagementArea(string Name)
{
    /// <summary>The scope that reads.</summary>
    public string Read => Name + ":read";

    /// <summary>The scope that changes something.</summary>
    public string Write => Name + ":write";

    /// <summary>The scope that the endpoint asks for; null when it belongs to no area, and then no list of scopes opens it.</summary>
    internal static string? ScopeOf(Endpoint? endpoint, string method) => endpoint?.Metadata.GetMetadata<ManagementArea>() is not { } area
        ? null
        : HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || endpoint.Metadata.GetMetadata<ReadsOnly>() is not null ? area.Read : area.Write;
}

/// <summary>An endpoint that changes nothing, whatever its method: its question is too long for an address.</summary>
public sealed record ReadsOnly;

/// <summary>An endpoint that gives away what another area shows: who uses it needs that scope, too.</summary>
/// <param name="Scope">Such as <c>events:read</c>.</param>
public sealed record AlsoNeeds(string Scope);

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
