using System.Text.Json;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Connector.Tests.Events;

/// <summary>Reads server-sent events as a browser does (HTML Living Standard §9.2.6).</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private readonly HttpResponseMessage response;
    private readonly StreamReader lines;

    private EventReader(HttpResponseMessage response, Stream stream)
    {
        this.response = response;
        lines = new StreamReader(stream);
    }

    public HttpResponseMessage Response => response;

    public static async Task<EventReader> OpenAsync(HttpClient client, string query = "", string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, ManagementRoutes.Events + query);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Within("the headers of a stream");
        return new EventReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event; null at the end of the stream. Comments are passed over.</summary>
    public async Task<EventView?> NextAsync()
    {
        string? id = null;
        string? kind = null;
        string? data = null;
        while (await LineAsync() is { } line)
        {
            switch (line.Split(": ", 2))
            {
                case ["id", var value]:
                    id = value;
                    break;
                case ["event", var value]:
                    kind = value;
                    break;
                case ["data", var value]:
                    data = value;
                    break;
                case [""] when data is not null:
                    var one = JsonSerializer.Deserialize<EventView>(data, ProtocolJson.Options)!;
                    return one.Id == id && one.Kind == kind ? one : throw new InvalidOperationException($"{id} {kind} has other data: {data}");
            }
        }

        return null;
    }

    public async Task<List<EventView>> NextAsync(int count)
    {
        var events = new List<EventView>();
        while (events.Count < count)
        {
            events.Add(await NextAsync() ?? throw new EndOfStreamException());
        }

        return events;
    }

    public async Task<string?> LineAsync() => await lines.ReadLineAsync().Within("a line of the stream");

    /// <summary>All that is left, to the end.</summary>
    public Task<string> RestAsync() => lines.ReadToEndAsync().Within("the end of the stream");

    public ValueTask DisposeAsync()
    {
        lines.Dispose();
        response.Dispose();
        return ValueTask.CompletedTask;
    }
}
