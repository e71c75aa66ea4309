using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TrustedDataSpace.Hosting.Authentication;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>
/// What a POST of the management interface works on, as the interface itself shows it: <c>POST /things/{id}/verb</c> on
/// <c>GET /things/{id}</c>, and <c>POST /things</c> makes one.
/// </summary>
internal sealed class OwnViews(EndpointDataSource endpoints)
{
    private const string Id = "id";
    private const string OneThing = "/{" + Id + "}";

    /// <summary>Whether the endpoint shows one thing by its id.</summary>
    public static bool IsOne(Endpoint? endpoint) => IsManaged(endpoint) && Template(endpoint).EndsWith(OneThing, StringComparison.Ordinal);

    public static bool IsManaged(Endpoint? endpoint) => endpoint?.Metadata.GetMetadata<ManagementArea>() is not null;

    /// <summary>The view of what the request works on; null when the interface shows none.</summary>
    /// <param name="of">A POST.</param>
    /// <param name="made">Id of what a POST without one in its address has made.</param>
    public OwnView? Find(HttpContext of, string? made = null)
    {
        var template = Template(of.GetEndpoint());
        var verb = template.LastIndexOf('/');
        var id = of.Request.RouteValues[Id] as string;
        var shown = id is null ? template + OneThing : template[..verb];
        id ??= made;
        var view = id is null || !shown.EndsWith(OneThing, StringComparison.Ordinal)
            ? null
            : endpoints.Endpoints.OfType<RouteEndpoint>().FirstOrDefault(endpoint => Template(endpoint) == shown
                && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Get) == true);
        return view is null ? null : new OwnView(view, id!, shown[..^OneThing.Length] + "/" + Uri.EscapeDataString(id!));
    }

    private static string Template(Endpoint? endpoint) => "/" + (endpoint as RouteEndpoint)?.RoutePattern.RawText?.TrimStart('/');
}

/// <summary>A thing that the management interface shows.</summary>
/// <param name="Endpoint">Shows it.</param>
/// <param name="Id">Its id.</param>
/// <param name="Path">Where it is shown.</param>
internal sealed record OwnView(RouteEndpoint Endpoint, string Id, string Path)
{
    /// <summary>As it is shown now, to the caller of the request.</summary>
    public async Task<StoredAnswer> ReadAsync(HttpContext caller)
    {
        var inner = new DefaultHttpContext { RequestServices = caller.RequestServices, User = caller.User, RequestAborted = caller.RequestAborted };
        inner.Request.Method = HttpMethods.Get;
        inner.Request.Scheme = caller.Request.Scheme;
        inner.Request.Host = caller.Request.Host;
        inner.Request.Path = Path;
        inner.Request.RouteValues["id"] = Id;
        inner.SetEndpoint(Endpoint);
        return await StoredAnswer.TakeAsync(inner, Endpoint.RequestDelegate!);
    }
}
