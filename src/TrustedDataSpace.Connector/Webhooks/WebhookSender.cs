using System.Globalization;
using System.Net.Http.Headers;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Webhooks;

/// <summary>Sends one event to one receiver. The answer's status counts, nothing else of it.</summary>
internal sealed class WebhookSender : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private const int MostDrained = 16 * 1024;

    private readonly HttpClient http;
    private readonly TimeProvider clock;

    public WebhookSender(ConnectorSettings settings, TimeProvider clock)
    {
        this.clock = clock;

        // The participant chose the address, no peer did: it may lie in its own network.
        var handler = EgressRule.CreateHandler(settings.Egress with { AllowPrivateAddresses = true });
        handler.MaxResponseDrainSize = MostDrained;
        http = new HttpClient(handler) { Timeout = Timeout };
    }

    public void Dispose() => http.Dispose();

    /// <summary>Delivers.</summary>
    /// <returns>Null: it was taken (2xx). Else why not.</returns>
    public async Task<string?> TrySendAsync(string url, WebhookSecrets secrets, EventView one, CancellationToken cancellation)
    {
        var body = ProtocolJson.Write(one);
        var now = clock.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(WebhookSignature.Id, one.Id);
        request.Headers.Add(WebhookSignature.Timestamp, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation(WebhookSignature.Signature, WebhookSignature.Sign(secrets.At(now), one.Id, now.ToUnixTimeSeconds(), body));
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return (int)response.StatusCode switch
            {
                >= 200 and < 300 => null,
                >= 300 and < 400 => $"It answered {(int)response.StatusCode}: redirects are not followed. Give the web-hook the address itself.",
                var status => $"It answered {status}.",
            };
        }
        catch (HttpRequestException failure)
        {
            return $"It cannot be reached: {failure.Message}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"It did not answer within {Timeout}.";
        }
    }
}
