using System.Text;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Events;

/// <summary>
/// Events as server-sent events (HTML Living Standard §9.2), from a position on and without end. It reads the table when its reader is
/// ready for more, so a slow reader costs no memory here.
/// </summary>
internal sealed class EventStream(EventStreams streams, EventFilter filter, string after) : IResult
{
    public const string MediaType = "text/event-stream";

    private const int MostAtOnce = 50;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        using var place = streams.Enter(response);
        await using var end = streams.EndOf(httpContext);
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-store";

        // nginx would hold back what it has not much of.
        response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await SendAsync(response, ": connected\n\n", end.Token);
            await FollowAsync(response, end.Token);
        }
        catch (OperationCanceledException) when (end.Token.IsCancellationRequested)
        {
            // The response ends here; its reader comes back with Last-Event-ID.
        }
    }

    private async Task FollowAsync(HttpResponse response, CancellationToken end)
    {
        var position = after;
        while (true)
        {
            end.ThrowIfCancellationRequested();
            var news = streams.Feed.News;
            var part = streams.Feed.Read(position, filter, MostAtOnce);
            position = part.Position;
            if (part.Events.Count > 0)
            {
                await SendAsync(response, string.Concat(part.Events.Select(Text)), end);
            }

            if (part.IsEnd)
            {
                await WaitAsync(news, response, end);
            }
        }
    }

    private async Task WaitAsync(Task news, HttpResponse response, CancellationToken end)
    {
        while (!news.IsCompleted)
        {
            try
            {
                await news.WaitAsync(Heartbeat, streams.Clock, end);
            }
            catch (TimeoutException)
            {
                // Proxies close what is silent, and only a write shows that the reader is gone.
                await SendAsync(response, ": alive\n\n", end);
            }
        }
    }

    private static string Text(EventView one) => $"id: {one.Id}\nevent: {one.Kind}\ndata: {Encoding.UTF8.GetString(ProtocolJson.Write(one))}\n\n";

    private static async Task SendAsync(HttpResponse response, string text, CancellationToken end)
    {
        await response.WriteAsync(text, end);
        await response.Body.FlushAsync(end);
    }
}
