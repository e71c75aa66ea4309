using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>How the kit calls the connector under test.</summary>
internal sealed class KitClient(KitSettings settings) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.GZip, AllowAutoRedirect = false, UseProxy = false });

    public Task<KitReply> GetAsync(string url) => SendAsync(HttpMethod.Get, url, null, refused: false);

    /// <summary>Any answer, without judgement.</summary>
    public Task<KitReply> AskAsync(string url) => OnceAsync(HttpMethod.Get, url, null);

    /// <summary>Sends a message.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="message">The message.</param>
    /// <param name="refused">Whether a refusal is what must come.</param>
    /// <exception cref="KitFailureException">Another answer came.</exception>
    public Task<KitReply> PostAsync(string url, JsonNode message, bool refused = false) => SendAsync(HttpMethod.Post, url, message, refused);

    public void Dispose() => http.Dispose();

    private async Task<KitReply> SendAsync(HttpMethod method, string url, JsonNode? message, bool refused)
    {
        for (var attempt = 0; ; attempt++)
        {
            var reply = await OnceAsync(method, url, message);

            // 404 is a failure always, also where a refusal is expected.
            var isRefusal = reply.Status is >= 400 and < 500 and not 404;
            if (refused ? isRefusal : reply.Status is >= 200 and < 300)
            {
                return reply;
            }

            if (!isRefusal || attempt == KitTiming.Retries.Count)
            {
                throw new KitFailureException($"{method} {url} was answered {reply.Status}, expected was {(refused ? "4xx other than 404" : "2xx")}: {reply.Text}");
            }

            await Task.Delay(KitTiming.Retries[attempt]);
        }
    }

    private async Task<KitReply> OnceAsync(HttpMethod method, string url, JsonNode? message)
    {
        using var request = new HttpRequestMessage(method, url);
        request.Headers.TryAddWithoutValidation("User-Agent", "okhttp/3.13.1");
        if (settings.Authorization is { } authorization)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        if (message is not null)
        {
            request.Content = new ByteArrayContent(ProtocolJson.Write(message)) { Headers = { ContentType = MediaTypeHeaderValue.Parse("application/json; charset=utf-8") } };
        }

        using var response = await http.SendAsync(request);
        return new KitReply((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }
}

/// <summary>What the connector under test answered.</summary>
internal sealed record KitReply(int Status, string? MediaType, string Text)
{
    /// <summary>The document; undefined when there is none.</summary>
    public JsonElement Body
    {
        get
        {
            try
            {
                return Text.Length == 0 ? default : ProtocolJson.Parse(System.Text.Encoding.UTF8.GetBytes(Text));
            }
            catch (RefusalException)
            {
                throw new KitFailureException($"The answer is no JSON: {Text}");
            }
        }
    }
}
