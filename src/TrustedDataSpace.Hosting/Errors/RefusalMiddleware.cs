using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Errors;

/// <summary>The one place where an exception becomes a response.</summary>
internal sealed class RefusalMiddleware(RequestDelegate next, ILogger<RefusalMiddleware> logger)
{
#pragma warning disable CA1031 // Whatever went wrong, the caller gets an answer and the operator the reason.
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && Unmatched(context) is { } refusal)
            {
                await RefusalWriter.WriteAsync(context, refusal, context.Response.StatusCode);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is listening any more.
        }
        catch (Exception failure)
        {
            await AnswerAsync(context, failure);
        }
    }
#pragma warning restore CA1031

    private Task AnswerAsync(HttpContext context, Exception failure)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "");
        if (Known(failure) is { } refusal)
        {
            logger.Refused(method, path, refusal.Code, refusal.Message);
            return RefusalWriter.WriteAsync(context, refusal);
        }

        // A stranger learns nothing of what went wrong inside; the operator finds it by the trace id.
        logger.Failed(method, path, context.TraceIdentifier, failure);
        return RefusalWriter.WriteAsync(context, new RefusalException(
            RefusalCode.Internal, $"This service could not do it; its log names the reason under {context.TraceIdentifier}."));
    }

    // Routing answers these by itself, with a status and no word. A 404 of an endpoint is the endpoint's own answer.
    private static RefusalException? Unmatched(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound when context.GetEndpoint() is null => new RefusalException(RefusalCode.NotFound, $"There is nothing at {context.Request.Path}."),
        StatusCodes.Status405MethodNotAllowed => new RefusalException(RefusalCode.Unsupported, $"{context.Request.Method} is not possible at {context.Request.Path}.") { Where = "method" },
        StatusCodes.Status415UnsupportedMediaType => new RefusalException(RefusalCode.Unsupported, "The body is not of a media type that this interface reads.") { Where = "Content-Type", Remedy = "send application/json" },
        _ => null,
    };

    private static RefusalException? Known(Exception failure) => failure switch
    {
        RefusalException refusal => refusal,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new RefusalException(RefusalCode.TooLarge, "The body is larger than this interface accepts."),
        BadHttpRequestException bad => new RefusalException(RefusalCode.Malformed, Innermost(bad)),
        JsonException json => new RefusalException(RefusalCode.Malformed, "The body is not the JSON expected here: " + json.Message) { Where = json.Path },
        _ => null,
    };

    private static string Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception.Message;
}
