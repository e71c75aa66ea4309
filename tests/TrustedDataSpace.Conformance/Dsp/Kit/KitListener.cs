using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>Where the kit is called. A message finds a handler only while a test expects it; there is one test at a time.</summary>
internal sealed class KitListener : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, Func<JsonElement, KitAnswer>> handlers = new();

    private KitListener(string address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Urls.Add(address);
        app.Run(AnswerAsync);
    }

    public static async Task<KitListener> StartAsync(string address)
    {
        var listener = new KitListener(address);
        await listener.app.StartAsync();
        return listener;
    }

    /// <summary>The next message to the path is the handler's.</summary>
    /// <param name="path">With an asterisk in the place of the process id.</param>
    /// <param name="handler">Is given the message.</param>
    public void Expect(string path, Func<JsonElement, KitAnswer> handler) => handlers[path] = handler;

    /// <summary>Nothing is expected any more.</summary>
    public void Forget() => handlers.Clear();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var path = PathOf(context.Request.Path.Value!);
        if (!HttpMethods.IsPost(context.Request.Method) || !handlers.TryRemove(path, out var handler))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync("No handler registered on this endpoint");
            return;
        }

        var answer = handler(ProtocolJson.Parse(body.ToArray()));
        if (answer.KeepsHandler)
        {
            handlers[path] = handler;
        }

        await WriteAsync(context, answer);
    }

    // Never with a content type, as it was captured.
    private static async Task WriteAsync(HttpContext context, KitAnswer answer)
    {
        if (answer.Status == 0)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer.Status;
        if (answer.Body is null)
        {
            // The headers leave before the end is known: an empty chunked body.
            await context.Response.StartAsync();
            return;
        }

        context.Response.ContentLength = answer.Body.Length;
        await context.Response.Body.WriteAsync(answer.Body);
    }

    private static string PathOf(string path)
    {
        var parts = path.Trim('/').Split('/');
        if (parts is [_, not "request", _, ..])
        {
            parts[1] = "*";
        }

        return "/" + string.Join('/', parts);
    }
}

/// <summary>What the kit answers.</summary>
/// <param name="Status">HTTP status; 0: the connection is cut without a word.</param>
/// <param name="Body">JSON; null: an empty chunked body.</param>
/// <param name="KeepsHandler">Whether the same message may come again.</param>
internal sealed record KitAnswer(int Status, byte[]? Body, bool KeepsHandler = false);
