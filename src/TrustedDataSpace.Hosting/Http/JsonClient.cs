using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting.Http;

/// <summary>Calls control interfaces of other services: bounded time and size, no redirects, egress rule, errors as the one error type.</summary>
public sealed partial class JsonClient : IDisposable
{
    private readonly HttpClient http;
    private readonly EgressOptions limits;

    /// <summary>One client for the whole service.</summary>
    public JsonClient(ServiceSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        limits = settings.Egress;
        var handler = EgressRule.CreateHandler(limits);

        // The limit below counts what comes out: a small answer that unpacks to a huge one is cut as well.
        handler.AutomaticDecompression = DecompressionMethods.GZip;
        http = new HttpClient(handler)
        {
            // Of the whole answer with its body, so that one that comes byte by byte ends, too.
            Timeout = limits.Timeout,
            MaxResponseContentBufferSize = limits.MaxAnswerBytes,
        };
    }

    /// <summary>Sends a request and returns the body of a successful answer (which may be empty, and is when nothing has changed since <paramref name="ifNoneMatch"/>).</summary>
    /// <exception cref="RefusalException">
    /// <see cref="RefusalCode.Unavailable"/>: nobody answered in a way that can be used, or a 5xx, 408, 429 or redirect that may pass;
    /// other codes: the peer's final word, with its own message.
    /// </exception>
    public async Task<JsonAnswer> SendAsync(HttpMethod method, string url, byte[]? body, string? bearer, CancellationToken cancellation, string contentType = "application/json", string? ifNoneMatch = null, TimeSpan wait = default)
    {
        using var request = new HttpRequestMessage(method, url);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        if (wait >= TimeSpan.FromSeconds(1))
        {
            // RFC 7240 §4.3: the answer may be held until there is news.
            request.Headers.Add("Prefer", string.Create(CultureInfo.InvariantCulture, $"wait={(int)wait.TotalSeconds}"));
        }

        if (ifNoneMatch is not null)
        {
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Parse(ifNoneMatch));
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }

        try
        {
            using var response = await http.SendAsync(request, cancellation);
            var answer = new JsonAnswer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation), response.Headers.ETag?.Tag)
            {
                Next = NextPage(response.Headers),
            };
            return response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotModified
                ? answer
                : throw (IsRedirect(response.StatusCode) ? Redirected(url, response) : Refusal(url, answer));
        }
        catch (HttpRequestException failure) when (failure.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new RefusalException(RefusalCode.Unavailable, $"{url} gave an answer that is longer than {limits.MaxAnswerBytes} bytes (Egress:MaxAnswerBytes).", failure);
        }
        catch (Exception failure) when (failure is HttpRequestException or InvalidDataException)
        {
            throw new RefusalException(RefusalCode.Unavailable, $"{url} did not answer: {failure.Message}", failure);
        }
        catch (TaskCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            throw new RefusalException(RefusalCode.Unavailable, $"{url} did not answer within {http.Timeout}.", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    // RFC 8288 §3, as far as paging needs it.
    private static string? NextPage(HttpResponseHeaders headers) =>
        headers.TryGetValues("Link", out var links) && NextLink().Match(string.Join(',', links)) is { Success: true } next ? next.Groups[1].Value : null;

    [GeneratedRegex("<([^<>]+)>[^<>]*;\\s*rel=\"?next\"?", RegexOptions.IgnoreCase)]
    private static partial Regex NextLink();

    private static bool IsRedirect(HttpStatusCode status) => (int)status is >= 300 and < 400;

    // Following it would let a peer choose what this service calls (DESIGN §3 rule 4). Nothing is lost: the peer may put it right.
    private static RefusalException Redirected(string url, HttpResponseMessage response)
    {
        var target = response.Headers.Location is not { } location ? "nowhere" : location.IsAbsoluteUri ? location.IdnHost : "another path";
        return new RefusalException(RefusalCode.Unavailable, $"{url} answered {(int)response.StatusCode} and points to {target}: redirects are not followed.")
        {
            Remedy = "let its participant register the address at which its service answers by itself",
        };
    }

    private static RefusalException Refusal(string url, JsonAnswer answer)
    {
        var code = answer.Status switch
        {
            >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => RefusalCode.Unavailable,
            HttpStatusCode.NotFound => RefusalCode.NotFound,
            HttpStatusCode.Unauthorized => RefusalCode.Unauthenticated,
            HttpStatusCode.Forbidden => RefusalCode.Forbidden,
            HttpStatusCode.Conflict => RefusalCode.Conflict,
            _ => RefusalCode.Malformed,
        };
        return new RefusalException(code, $"{url} answered {(int)answer.Status}: {answer.Message()}") { IsForNow = code == RefusalCode.Forbidden && answer.IsAboutMembership() };
    }
}

/// <summary>A successful answer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">Bytes; empty when there was none.</param>
/// <param name="ETag">Entity tag with its quotes, or null.</param>
public sealed record JsonAnswer(HttpStatusCode Status, byte[] Body, string? ETag)
{
    private const int LongestMessage = 400;

    /// <summary>Address of the next page of a list, or null.</summary>
    public string? Next { get; init; }

    /// <summary>The body as a document.</summary>
    public T Read<T>() => ProtocolJson.Read<T>(Body);

    /// <summary>Whether a refusing peer named the membership as what is missing.</summary>
    internal bool IsAboutMembership()
    {
        try
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement is { ValueKind: JsonValueKind.Object } problem && problem.TryGetProperty("term", out var term) && term.ValueKind == JsonValueKind.String && term.ValueEquals("membership");
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>What a refusing peer said: the detail or reason of its error document, shortened.</summary>
    internal string Message()
    {
        try
        {
            using var document = JsonDocument.Parse(Body);
            foreach (var name in new[] { "detail", "reason", "error_description", "error" })
            {
                if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value))
                {
                    return Shortened(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());
                }
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // Not a JSON error document, or text that is no UTF-8: the status must do.
        }

        return "no reason given";
    }

    // On one line: it goes into logs.
    private static string Shortened(string text) =>
        string.Concat((text.Length <= LongestMessage ? text : text[..LongestMessage] + "…").Select(letter => char.IsControl(letter) ? ' ' : letter));
}
