using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Conformance.Dsp.Driver;

/// <summary>The connector's management interface, over HTTP: what the driver does, every program can do.</summary>
internal sealed class ManagementApi(string url, string token) : IDisposable
{
    private const int LongestWait = 60;

    private readonly HttpClient http = new()
    {
        BaseAddress = new Uri(url),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    /// <summary>A negotiation or transfer, as soon as it is no longer in that state; or as it is, after a while.</summary>
    public async Task<ProcessView> AfterAsync(string route, string state, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{route}?after={state}");
        request.Headers.Add("Prefer", $"wait={LongestWait}");
        return await ReadAsync<ProcessView>(await http.SendAsync(request, cancellation), cancellation);
    }

    public async Task<T> GetAsync<T>(string route, CancellationToken cancellation) =>
        await ReadAsync<T>(await http.GetAsync(new Uri(route, UriKind.Relative), cancellation), cancellation);

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

/// <summary>What a negotiation and a transfer have in common in the management interface.</summary>
internal sealed record ProcessView
{
    public required string Id { get; init; }

    public required string Role { get; init; }

    public required string State { get; init; }

    /// <summary>Of a negotiation.</summary>
    public string? DatasetId { get; init; }

    /// <summary>Of a transfer.</summary>
    public string? AgreementId { get; init; }
}
