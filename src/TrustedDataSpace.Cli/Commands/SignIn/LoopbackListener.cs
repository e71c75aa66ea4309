using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Cli.Commands.SignIn;

/// <summary>Takes the answer of a sign-in page on a free port of loopback (RFC 8252 §7.3).</summary>
internal sealed class LoopbackListener : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly string state;
    private readonly TaskCompletionSource<IQueryCollection> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LoopbackListener(WebApplication app, string state)
    {
        this.app = app;
        this.state = state;
    }

    /// <summary>Where the page sends the person back to.</summary>
    public string Address => app.Urls.First() + OAuthRoutes.CliRedirectPath;

    public static async Task<LoopbackListener> StartAsync(string state, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var listener = new LoopbackListener(builder.Build(), state);
        listener.app.MapGet(OAuthRoutes.CliRedirectPath, (Delegate)listener.Answer);
        await listener.app.StartAsync(cancellation);
        return listener;
    }

    /// <summary>The query of the first answer with our state. Another one is told nothing, and does not end the waiting.</summary>
    public Task<IQueryCollection> AnswerAsync(TimeSpan longest, CancellationToken cancellation) => answered.Task.WaitAsync(longest, cancellation);

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private IResult Answer(HttpContext context)
    {
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
        var given = Encoding.UTF8.GetBytes(context.Request.Query["state"].ToString());
        if (!CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(state)))
        {
            return Results.Text("This answer belongs to no command that waits here.", statusCode: StatusCodes.Status400BadRequest);
        }

        // The collection goes back to a pool with its request.
        var copy = new QueryCollection(context.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value));
        context.Response.OnCompleted(() =>
        {
            answered.TrySetResult(copy);
            return Task.CompletedTask;
        });
        return Results.Text("Done. Go back to the terminal; this page can be closed.");
    }
}
