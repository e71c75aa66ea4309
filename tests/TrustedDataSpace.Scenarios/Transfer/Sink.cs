using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Scenarios.Transfer;

/// <summary>A consumer's own server, where its connector delivers what was pushed.</summary>
internal sealed class Sink : IAsyncDisposable
{
    private readonly Channel<Delivery> deliveries = Channel.CreateUnbounded<Delivery>();
    private readonly WebApplication app;

    private Sink()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.Run(ReceiveAsync);
    }

    public string Url => app.Urls.First() + "/in?from=grid";

    /// <summary>What it answers; it has read everything by then.</summary>
    public int Answer { get; set; } = StatusCodes.Status200OK;

    /// <summary>Whether something has come that the test has not looked at.</summary>
    public bool HasMore => deliveries.Reader.TryPeek(out _);

    /// <summary>What it does after the first piece of a delivery; then it reads on.</summary>
    public Func<Delivery, Task> AfterFirstPiece { get; set; } = _ => Task.CompletedTask;

    public static async Task<Sink> StartAsync()
    {
        var sink = new Sink();
        await sink.app.StartAsync();
        return sink;
    }

    /// <summary>The next delivery, from its first piece on.</summary>
    public async Task<Delivery> NextAsync() => await deliveries.Reader.ReadAsync().AsTask().Within("a delivery to the sink");

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        var delivery = new Delivery(context.Request.Path + context.Request.QueryString, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        await deliveries.Writer.WriteAsync(delivery);
        try
        {
            using var reader = new StreamReader(context.Request.Body);
            var buffer = new char[32 * 1024];
            var begun = false;
            while (await reader.ReadAsync(buffer.AsMemory(), context.RequestAborted) is > 0 and var read)
            {
                delivery.Add(new string(buffer, 0, read));
                if (!begun)
                {
                    begun = true;
                    await AfterFirstPiece(delivery);
                }
            }

            delivery.End(whole: true);
            context.Response.StatusCode = Answer;
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            delivery.End(whole: false);
        }
    }
}

/// <summary>What came in one POST.</summary>
internal sealed record Delivery(string Target, IReadOnlyDictionary<string, string> Headers)
{
    private readonly Channel<string> pieces = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource<bool> end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True when it ended as HTTP ends a body, false when it was broken off.</summary>
    public Task<bool> IsWholeAsync() => end.Task.Within("the end of a delivery");

    public async Task<string> PieceAsync() => await pieces.Reader.ReadAsync().AsTask().Within("a piece of a delivery");

    /// <summary>All of it.</summary>
    public async Task<string> TextAsync()
    {
        var text = new StringBuilder();
        await foreach (var piece in pieces.Reader.ReadAllAsync())
        {
            text.Append(piece);
        }

        return text.ToString();
    }

    public void Add(string piece) => pieces.Writer.TryWrite(piece);

    public void End(bool whole)
    {
        pieces.Writer.TryComplete();
        end.TrySetResult(whole);
    }
}
