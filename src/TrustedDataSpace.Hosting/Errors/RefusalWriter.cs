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
    /// <summary>Writes the refusal; breaks off if the response has begun.</summary>
    /// <param name="context">Of the request.</param>
    /// <param name="refusal">What to say.</param>
    public static Task WriteAsync(HttpContext context, RefusalException refusal)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(refusal);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        // Headers that a half-made answer has set already would contradict the refusal.
        var (challenge, allowed, again) = (context.Response.Headers.WWWAuthenticate, context.Response.Headers.Allow, context.Response.Headers.RetryAfter);
        context.Response.Clear();
        context.Response.Headers.WWWAuthenticate = challenge;
        context.Response.Headers.Allow = allowed;
        context.Response.Headers.RetryAfter = again;
        var rendering = context.GetEndpoint()?.Metadata.GetMetadata<RefusalRendering>();

        // A fault of ours says no more than where the operator finds it in the log.
        var instance = refusal.Code == RefusalCode.Internal ? context.TraceIdentifier : null;
        var (status, document) = rendering?.Render(context, refusal)
            ?? (RefusalStatus.HttpStatus(refusal.Code), Problem(refusal, instance));
        context.Response.StatusCode = status;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            // A document after HEAD breaks the stream of HTTP/2.
            return Task.CompletedTask;
        }

        var contentType = document is ProblemDocument ? "application/problem+json" : "application/json";
        return context.Response.WriteAsJsonAsync(document, document.GetType(), ProtocolJson.Options, contentType, context.RequestAborted);
    }

    private static ProblemDocument Problem(RefusalException refusal, string? instance)
    {
        var problem = ProblemDocument.From(refusal, instance);
        return problem with { Remedy = problem.Remedy ?? UsualRemedy.Of(refusal.Code) };
    }
}
