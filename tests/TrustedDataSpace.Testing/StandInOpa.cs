using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TrustedDataSpace.Testing;

/// <summary>
/// Answers as the test says, at the address of an OPA server. It knows no Rego: with it, tests show what is asked and that every
/// failure denies, and nothing about the decisions of a real server.
/// </summary>
public sealed class StandInOpa : IAsyncDisposable
{
    public const string Allowed = """{"allow": true, "result": "allowed", "permission": "permission[0]", "reasons": [], "duties": []}""";

    private readonly WebApplication app;

    private StandInOpa(WebApplication app) => this.app = app;

    /// <summary>What was asked, oldest first.</summary>
    public ConcurrentQueue<Asked> Questions { get; } = [];

    /// <summary>How the next question is answered.</summary>
    public RequestDelegate Answer { get; set; } = Json(With(Allowed));

    public string Url => app.Urls.First();

    /// <param name="socket">Listen on this socket instead of a port.</param>
    public static async Task<StandInOpa> StartAsync(string? socket = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (socket is null)
            {
                kestrel.Listen(System.Net.IPAddress.Loopback, 0);
            }
            else
            {
                kestrel.ListenUnixSocket(socket);
            }
        });
        var server = new StandInOpa(builder.Build());
        server.app.Run(server.HandleAsync);
        await server.app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    /// <summary>The body of an answer with this decision.</summary>
    public static string With(string decision, string version = "1.4.2", string bundles = """{"space": {"revision": "sha256:0011223344556677"}}""") =>
        $$"""{"result": {{decision}}, "provenance": {"version": "{{version}}", "bundles": {{bundles}} } }""";

    public static RequestDelegate Json(string body, int status = 200) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    };

    /// <summary>Takes the question and says nothing.</summary>
    public static Task Silence(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        context.RequestAborted.Register(gone.SetResult);
        return gone.Task;
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var request = context.Request;
        Questions.Enqueue(new($"{request.Method} {request.Path}{request.QueryString}", request.ContentType, request.Headers.Authorization.ToString(), await reader.ReadToEndAsync()));
        await Answer(context);
    }

    public sealed record Asked(string Line, string? ContentType, string Authorization, string Body);
}
