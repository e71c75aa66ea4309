using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Testing.Restart;

namespace TrustedDataSpace.Scenarios.Delivery;

/// <summary>What a bad network, or a bad connector behind it, does to a message.</summary>
public enum Fault
{
    /// <summary>Nothing: the message passes.</summary>
    None,

    /// <summary>The connection is cut before the peer has the message.</summary>
    Lost,

    /// <summary>The peer acts, and the connection is cut before its answer.</summary>
    AnswerLost,

    /// <summary>The peer gets it twice.</summary>
    Doubled,

    /// <summary>The sender believes it lost; the peer gets it after a later message.</summary>
    Late,

    /// <summary>500 instead of the peer.</summary>
    Broken,

    /// <summary>The peer acts, and the answer is a page for people.</summary>
    Garbage,

    /// <summary>The peer acts, and the answer is 200 without a body and a media type.</summary>
    Empty,

    /// <summary>No answer until the sender loses patience.</summary>
    Hanging,

    /// <summary>404 instead of the peer, as from one that does not know the process yet.</summary>
    NotYet,

    /// <summary>A redirect instead of the peer.</summary>
    Elsewhere,
}

/// <summary>Stands before a connector, at the address that the authority's register has of it, and does to its messages what a test says.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    private readonly ConcurrentQueue<Passed> late = new();

    private FaultProxy()
    {
        Url = $"http://127.0.0.1:{FreePort.Find()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Url);
        app = builder.Build();
        app.Run(PassAsync);
    }

    public string Url { get; }

    /// <summary>The connector behind it.</summary>
    public Uri? Target { get; set; }

    /// <summary>What happens to a message of the protocol: by its path, and how many attempts of it came before.</summary>
    public Func<string, int, Fault> Script { get; set; } = (_, _) => Fault.None;

    /// <summary>Every message that has come, in order, as often as it has come.</summary>
    public ConcurrentQueue<Passed> Messages { get; } = new();

    public static async Task<FaultProxy> StartAsync()
    {
        var proxy = new FaultProxy();
        await proxy.app.StartAsync();
        return proxy;
    }

    /// <summary>The same message once more, as a network may still have it. Returns the status of the answer.</summary>
    public async Task<HttpStatusCode> RepeatAsync(Passed message)
    {
        using var answer = await SendAsync(message, CancellationToken.None);
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        client.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments("/data") || context.Request.Path.StartsWithSegments("/consume"))
        {
            await PassDataAsync(context);
            return;
        }

        var message = await Passed.ReadAsync(context.Request);
        var isMessage = message.Method == HttpMethod.Post && message.Path.StartsWith("/dsp/", StringComparison.Ordinal);
        var fault = Fault.None;
        if (isMessage)
        {
            fault = Script(message.Path, Messages.Count(earlier => earlier.Id == message.Id));
            Messages.Enqueue(message);
        }

        switch (fault)
        {
            case Fault.Late:
                late.Enqueue(message);
                context.Abort();
                return;
            case Fault.Lost:
                context.Abort();
                return;
            case Fault.Hanging:
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            case Fault.Broken or Fault.NotYet:
                context.Response.StatusCode = fault == Fault.Broken ? 500 : 404;
                await context.Response.WriteAsync("<html>no</html>");
                return;
            case Fault.Elsewhere:
                context.Response.Redirect("http://elsewhere.example/");
                return;
        }

        using var answer = await SendAsync(message, context.RequestAborted);
        if (isMessage && late.TryPeek(out var waiting) && waiting.Id != message.Id && late.TryDequeue(out waiting))
        {
            (await SendAsync(waiting, context.RequestAborted)).Dispose();
        }

        await AnswerAsync(context, fault, message, answer);
    }

    // Requests for data pass as they are, under the address that was signed.
    private async Task PassDataAsync(HttpContext context)
    {
        using var request = new HttpRequestMessage(HttpMethod.Parse(context.Request.Method), new Uri(Target!, context.Request.Path.ToUriComponent() + context.Request.QueryString.ToUriComponent()));
        foreach (var header in context.Request.Headers)
        {
            request.Headers.TryAddWithoutValidation(header.Key, header.Value.AsEnumerable());
        }

        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated).Where(header => header.Key != "Transfer-Encoding"))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        await answer.Content.CopyToAsync(context.Response.Body);
    }

    private async Task AnswerAsync(HttpContext context, Fault fault, Passed message, HttpResponseMessage answer)
    {
        switch (fault)
        {
            case Fault.AnswerLost:
                context.Abort();
                return;
            case Fault.Garbage:
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync("<html>welcome</html>");
                return;
            case Fault.Empty:
                return;
            case Fault.Doubled:
                (await SendAsync(message, context.RequestAborted)).Dispose();
                break;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await answer.Content.CopyToAsync(context.Response.Body);
    }

    private async Task<HttpResponseMessage> SendAsync(Passed message, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(message.Method, new Uri(Target!, message.Path + message.Query));
        request.Headers.TryAddWithoutValidation("Authorization", message.Authorization);
        request.Headers.TryAddWithoutValidation("Prefer", message.Prefer);
        if (message.Body.Length > 0)
        {
            request.Content = new ByteArrayContent(message.Body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(message.ContentType) } };
        }

        return await client.SendAsync(request, cancellation);
    }
}

/// <summary>A request that came by.</summary>
public sealed record Passed(HttpMethod Method, string Path, string Query, string Authorization, string Prefer, string ContentType, byte[] Body)
{
    /// <summary>Same id, same message.</summary>
    public string Id { get; } = Body.Length == 0 ? "" : System.Text.Json.JsonDocument.Parse(Body).RootElement is { ValueKind: System.Text.Json.JsonValueKind.Object } root && root.TryGetProperty("@id", out var id)
        ? id.GetString()!
        : Encoding.UTF8.GetString(Body);

    internal static async Task<Passed> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return new(
            new HttpMethod(request.Method),
            request.Path.ToUriComponent(),
            request.QueryString.ToUriComponent(),
            request.Headers.Authorization.ToString(),
            request.Headers["Prefer"].ToString(),
            request.ContentType ?? "application/json",
            body.ToArray());
    }
}
