using System.Net;
using System.Net.Http.Headers;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Sends what is pushed to a consumer's connector: below its registered endpoint, under the egress rule, without redirects.</summary>
internal sealed class PushClient(IPeerDirectory directory, ServiceSettings settings) : IDisposable
{
    /// <summary>As messages name it.</summary>
    public const string Name = "the consumer's connector";

    /// <summary>How long it may keep silent: longer than it may wait for its sink, so that its own reason arrives.</summary>
    public static TimeSpan Silence { get; } = TimeSpan.FromMinutes(2);

    private const int LongestReason = 400;

    private readonly HttpMessageInvoker client = new(CreateHandler(settings));

    /// <summary>Delivers. The consumer has counted it durably when this returns.</summary>
    /// <exception cref="RefusalException">What the consumer's connector answered.</exception>
    public async Task PostAsync(string consumer, PushAddress address, UsageTicket ticket, PushContent content, Patience patience)
    {
        patience.Expect(Name, Silence);
        var endpoint = (await directory.FindAsync(consumer, patience.Token)).Endpoint;
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint + address.Url) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", address.Token);
        request.Headers.TryAddWithoutValidation(DataHeaders.Usage, DataHeaders.FormatUsage(ticket.Interval, ticket.Sequence));
        request.Headers.TryAddWithoutValidation(DataHeaders.Purpose, ticket.Claim.Purpose);
        request.Headers.TryAddWithoutValidation(RetryRule.Header, ticket.Claim.IdempotencyKey);

        // Nothing leaves the building before the consumer says that it takes it (RFC 9110 §10.1.1): a refusal then costs nobody a use.
        request.Headers.ExpectContinue = true;
        request.Headers.TransferEncodingChunked = true;
        using var response = await client.SendAsync(request, patience.Token);
        if (!response.IsSuccessStatusCode)
        {
            throw await RefusalAsync(response, patience.Token);
        }
    }

    public void Dispose() => client.Dispose();

    private static SocketsHttpHandler CreateHandler(ServiceSettings settings)
    {
        var handler = EgressRule.CreateHandler(settings.Egress);
        handler.Expect100ContinueTimeout = TimeSpan.FromSeconds(10);
        return handler;
    }

    private static async Task<RefusalException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var code = response.StatusCode switch
        {
            >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => RefusalCode.Unavailable,
            HttpStatusCode.NotFound => RefusalCode.NotFound,
            HttpStatusCode.Unauthorized => RefusalCode.Unauthenticated,
            HttpStatusCode.Forbidden => RefusalCode.Forbidden,
            HttpStatusCode.Conflict => RefusalCode.Conflict,
            HttpStatusCode.RequestEntityTooLarge => RefusalCode.TooLarge,
            _ => RefusalCode.Malformed,
        };
        return new RefusalException(code, $"{Name} answered {(int)response.StatusCode} to what was pushed: {await DetailAsync(response, cancellation)}");
    }

    // The detail of its problem document (RFC 9457), if it is one and short.
    private static async Task<string> DetailAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(16 * 1024, cancellation);
            var problem = ProtocolJson.Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
            var detail = problem.ValueKind == System.Text.Json.JsonValueKind.Object && problem.TryGetProperty("detail", out var given) ? given.ToString() : "";
            return detail.Length switch
            {
                0 => "no reason given",
                > LongestReason => detail[..LongestReason] + "…",
                _ => detail,
            };
        }
        catch (Exception unreadable) when (unreadable is RefusalException or HttpRequestException or IOException)
        {
            return "no reason given";
        }
    }
}
