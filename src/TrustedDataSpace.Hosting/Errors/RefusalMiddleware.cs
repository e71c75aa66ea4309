using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting.Errors;

/// <summary>The one place where an exception becomes a response, and a line of the log.</summary>
internal sealed partial class RefusalMiddleware(RequestDelegate next, ILogger<RefusalMiddleware> logger)
{
#pragma warning disable CA1031 // Whatever went wrong, the caller gets an answer and the operator the reason.
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && Wordless(context) is { } refusal)
            {
                throw refusal;
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
        // Escaped: a line break in an address must not begin a line of the log.
        var (method, path) = (context.Request.Method, context.Request.Path.ToUriComponent());
        if (Known(context, failure) is { } refusal)
        {
            var reason = OnOneLine(refusal.Message);
            logger.Refused(method, path, refusal.Code, reason);
            return RefusalWriter.WriteAsync(context, refusal);
        }

        // A stranger learns nothing of what went wrong inside; the operator finds it by the trace id.
        logger.Failed(method, path, context.TraceIdentifier, failure);
        return RefusalWriter.WriteAsync(context, new RefusalException(
            RefusalCode.Internal, $"This service could not do it; its log names the reason under {context.TraceIdentifier}."));
    }

    // The framework answers these by itself, with a status and no word. A 404 of an endpoint is the endpoint's own answer.
    private static RefusalException? Wordless(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => Unread(context),
        StatusCodes.Status404NotFound when context.GetEndpoint() is null => new RefusalException(RefusalCode.NotFound, $"There is nothing at {context.Request.Path}.")
        {
            Where = "address",
            Remedy = "compare the address with the documentation of this interface",
        },
        StatusCodes.Status405MethodNotAllowed => new RefusalException(RefusalCode.MethodNotAllowed, $"{context.Request.Method} is not possible at {context.Request.Path}.")
        {
            Where = "method",
            Remedy = $"use {context.Response.Headers.Allow}",
        },
        StatusCodes.Status413PayloadTooLarge => TooLarge(context),
        StatusCodes.Status415UnsupportedMediaType => MediaTypeRefusal.For("application/json"),
        _ => null,
    };

    private static RefusalException? Known(HttpContext context, Exception failure) => failure switch
    {
        RefusalException refusal => refusal,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge(context),
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => MediaTypeRefusal.For("application/json"),
        BadHttpRequestException { InnerException: JsonException json } => JsonRefusal.From(json),
        BadHttpRequestException bad => Unbound(bad),
        JsonException json => JsonRefusal.From(json),
        _ => null,
    };

    // An optional parameter that cannot be read: which one it was is not said, so all are named that were sent and are more than text.
    private static RefusalException Unread(HttpContext context)
    {
        var names = (context.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>() ?? [])
            .Where(parameter => parameter.HasTryParse && context.Request.Query.ContainsKey(parameter.Name))
            .Select(parameter => parameter.Name.ToLowerInvariant())
            .ToList();
        return names.Count == 0
            ? new RefusalException(RefusalCode.Malformed, "The request is not as required.") { Where = "request" }
            : Unreadable(string.Join("' or '", names));
    }

    // The framework names a parameter with its C# type; the asker is told the name alone.
    private static RefusalException Unbound(BadHttpRequestException bad)
    {
        if (bad.Message.Contains("body", StringComparison.Ordinal))
        {
            return new RefusalException(RefusalCode.Malformed, "There is no document in the body.") { Where = "body", Remedy = "Send a JSON object." };
        }

        var name = ParameterName().Match(bad.Message) is { Success: true } match ? match.Groups[1].Value.ToLowerInvariant() : null;
        return name is null
            ? new RefusalException(RefusalCode.Malformed, bad.Message) { Where = "request" }
            : Unreadable(name);
    }

    private static RefusalException Unreadable(string name) =>
        new(RefusalCode.Malformed, $"The parameter '{name}' of the address is missing or cannot be read.") { Where = name };

    [GeneratedRegex("parameter \"[^\"]* (\\w+)\"")]
    private static partial Regex ParameterName();

    private static RefusalException TooLarge(HttpContext context) =>
        new(RefusalCode.TooLarge, $"The body is larger than {context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize} bytes.")
        {
            Where = "body",
            Remedy = "send less at once; the limit is the setting Listen:MaxBodyBytes of this service",
        };

    private static string OnOneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
