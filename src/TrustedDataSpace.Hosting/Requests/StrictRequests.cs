using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>
/// Nothing that a manager says is passed over: a misspelt member or parameter would leave the weaker default in force, unseen. Holds for every
/// endpoint of a management interface by itself. Messages of other services may have members of later versions, and are not looked at.
/// </summary>
internal sealed class StrictRequests(RequestDelegate next, IOptions<JsonOptions> json)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // Some endpoints serve members, too: who calls is told by the scheme that let them in.
        if (context.GetEndpoint() is RouteEndpoint endpoint && OwnViews.IsManaged(endpoint) && context.User.Identity?.AuthenticationType == ServiceHost.ManagementPolicy)
        {
            KnownParameters.Require(context.Request, endpoint);
            if (endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is { } type && context.Request.HasJsonContentType())
            {
                await RequireMembersAsync(context, type);
            }
        }

        await next(context);
    }

    private async Task RequireMembersAsync(HttpContext context, Type type)
    {
        var request = context.Request;

        // RFC 8259 §8.1. The framework would read other encodings, too.
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var media) && media.Charset.HasValue && !HeaderUtilities.RemoveQuotes(media.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            throw MediaTypeRefusal.For("application/json");
        }

        // Bounded by the server: Listen:MaxBodyBytes.
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, context.RequestAborted);
        body.Position = 0;
        request.Body = body;

        // An empty body, which some endpoints take, is the endpoint's own matter.
        var bytes = body.GetBuffer().AsSpan(0, (int)body.Length);
        var document = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        if (document.Length > 0)
        {
            KnownMembers.Require(ProtocolJson.Parse(document), type, json.Value.SerializerOptions);
        }
    }
}
