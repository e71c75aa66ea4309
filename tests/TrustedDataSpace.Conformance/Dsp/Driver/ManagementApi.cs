using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Conformance.Dsp.Driver;

/// <summary>The connector's management interface, over HTTP: what the driver does, every program can do.</summary>
internal sealed class ManagementApi(string url, string token) : IDisposable
{
    private readonly HttpClient http = new()
    {
        BaseAddress = new Uri(url),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    /// <summary>Everything that happens to processes from here on, as it happens.</summary>
    public async Task<IAsyncEnumerable<EventView>> EventsAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, ManagementRoutes.Events + "?kind=negotiation.&kind=transfer.");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        var stream = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellation);
        return SseParser.Create(stream, (_, data) => JsonSerializer.Deserialize<EventView>(data, ProtocolJson.Options)!)
            .EnumerateAsync(cancellation)
            .Select(happened => happened.Data);
    }

    /// <exception cref="HttpRequestException">The connector refused, with its problem document.</exception>
    public async Task<T> PostAsync<T>(string route, object? body, CancellationToken cancellation)
    {
        using var content = body is null ? null : JsonContent.Create(body, body.GetType(), options: ProtocolJson.Options);
        return await ReadAsync<T>(await http.PostAsync(new Uri(route, UriKind.Relative), content, cancellation), cancellation);
    }

    public void Dispose() => http.Dispose();

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellation)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(cancellation);
            return response.IsSuccessStatusCode
                ? JsonSerializer.Deserialize<T>(text, ProtocolJson.Options)!
                : throw new HttpRequestException($"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri!.PathAndQuery} was answered {(int)response.StatusCode}: {text}", null, response.StatusCode);
        }
    }
}
