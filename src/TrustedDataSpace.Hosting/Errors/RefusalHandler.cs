using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Errors;

/// <summary>The one place where an exception becomes a response.</summary>
internal sealed class RefusalHandler(ILogger<RefusalHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            return true;
        }

        var refusal = exception switch
        {
            RefusalException known => known,
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new RefusalException(RefusalCode.TooLarge, "The body is larger than this interface accepts."),
            BadHttpRequestException bad => new RefusalException(RefusalCode.Malformed, Innermost(bad)),
            JsonException json => new RefusalException(RefusalCode.Malformed, "The body is not the JSON expected here: " + json.Message) { Where = json.Path },
            _ => null,
        };
        var (method, path) = (httpContext.Request.Method, httpContext.Request.Path.Value ?? "");
        if (refusal is null)
        {
            // A stranger learns nothing of what went wrong inside; the operator finds it by the trace id.
            logger.Failed(method, path, httpContext.TraceIdentifier, exception);
            refusal = new RefusalException(RefusalCode.Internal, $"This service could not do it; its log names the reason under {httpContext.TraceIdentifier}.");
        }
        else
        {
            logger.Refused(method, path, refusal.Code, refusal.Message);
        }

        await RefusalWriter.WriteAsync(httpContext, refusal);
        return true;
    }

    private static string Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception.Message;
}
