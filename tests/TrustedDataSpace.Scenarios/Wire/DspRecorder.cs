using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing.Dsp;

namespace TrustedDataSpace.Scenarios.Wire;

/// <summary>
/// Stands before the services of a space and holds every message of the Dataspace Protocol that passes against its schema: what
/// connectors send each other, and every answer, refusals too. What a test sends itself may be wrong, but then it must not succeed.
/// </summary>
public sealed class DspRecorder : IStartupFilter
{
    private static readonly DspSchemas Specification = DspSchemas.OfTheSpecification();
    private static readonly DspSchemas Kit = DspSchemas.OfTheKit();

    private readonly ConcurrentQueue<string> faults = new();
    private readonly ConcurrentDictionary<string, int> seen = new();

    /// <summary>What was wrong, with the message.</summary>
    public IReadOnlyCollection<string> Faults => faults;

    /// <summary>How many valid messages of each <c>@type</c> went over the wire; the version document has none.</summary>
    public IReadOnlyDictionary<string, int> Seen => seen;

    /// <inheritdoc/>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(RecordAsync);
        next(app);
    };

    private Task RecordAsync(HttpContext context, RequestDelegate next) =>
        context.Request.Path.StartsWithSegments("/dsp") || context.Request.Path == DspRoutes.VersionDocument
            ? ExchangeAsync(context, next)
            : next(context);

    private async Task ExchangeAsync(HttpContext context, RequestDelegate next)
    {
        await using var request = new ReadBody(context.Request.Body);
        context.Request.Body = request;
        var response = context.Response.Body;
        using var answer = new MemoryStream();
        context.Response.Body = answer;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = response;
            Judge(context, request.Bytes, answer.ToArray());
        }

        answer.Position = 0;
        await answer.CopyToAsync(response, context.RequestAborted);
    }

    private void Judge(HttpContext context, byte[] request, byte[] answer)
    {
        var what = $"{context.Request.Method} {context.Request.Path}";
        var status = context.Response.StatusCode;
        if (request.Length > 0 && (IsOfConnector(context.Request) || status < 300))
        {
            Judge(what, request);
        }

        // At an address that is none of the protocol's, a problem document (RFC 9457) answers.
        if (answer.Length > 0 && context.Response.ContentType is not "application/problem+json")
        {
            Judge($"{status} to {what}", context.Response.Headers.ContentEncoding == "gzip" ? Unzipped(answer) : answer);
        }
    }

    /// <summary>Connectors say what they read; the clients of tests do not.</summary>
    private static bool IsOfConnector(HttpRequest request) => request.Headers.Accept.ToString().Contains("application/json", StringComparison.Ordinal);

    private void Judge(string what, byte[] body)
    {
        try
        {
            var message = ProtocolJson.Parse(body);
            if ((Specification.Fault(message) ?? Kit.Fault(message)) is { } fault)
            {
                faults.Enqueue($"{what}: {fault}: {message.GetRawText()}");
            }
            else
            {
                seen.AddOrUpdate(DspJson.TypeOf(message) ?? "", 1, (_, count) => count + 1);
            }
        }
        catch (Exception failure) when (failure is RefusalException or JsonException)
        {
            faults.Enqueue($"{what}: {failure.Message}");
        }
    }

    private static byte[] Unzipped(byte[] bytes)
    {
        using var plain = new MemoryStream();
        using var zip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        zip.CopyTo(plain);
        return plain.ToArray();
    }
}
