using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting.Errors;

/// <summary>Renders a refusal in the words of the interface it happened at. Endpoints carry it as metadata; without it: RFC 9457.</summary>
/// <param name="Render">Status and document for the refusal.</param>
public sealed record RefusalRendering(Func<HttpContext, RefusalException, (int Status, object Document)> Render);

/// <summary>Writes refusals as responses.</summary>
public static class RefusalWriter
{
    /// <summary>Writes the refusal; nothing if the response has begun.</summary>
    public static Task WriteAsync(HttpContext context, RefusalException refusal)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(refusal);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        var rendering = context.GetEndpoint()?.Metadata.GetMetadata<RefusalRendering>();
        var (status, document) = rendering?.Render(context, refusal)
            ?? (RefusalStatus.HttpStatus(refusal.Code), ProblemDocument.From(refusal));
        context.Response.StatusCode = status;
        var contentType = document is ProblemDocument ? "application/problem+json" : "application/json";
        return context.Response.WriteAsJsonAsync(document, document.GetType(), ProtocolJson.Options, contentType, context.RequestAborted);
    }
}
