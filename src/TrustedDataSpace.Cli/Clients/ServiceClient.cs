using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Clients;

/// <summary>Speaks to one service over HTTP: bearer token, JSON, errors as <see cref="ServiceRefusalException"/>.</summary>
internal sealed class ServiceClient(HttpClient http, string address, string token)
{
    /// <summary>The longest that a service is asked to hold an answer until there is news.</summary>
    public const int WaitSeconds = 20;

    /// <summary>A client for the interfaces of a space: no proxy, no redirects, and time enough for a waiting answer.</summary>
    /// <param name="trustedCertificates">PEM file with the roots to trust in place of the system's; null: the system's.</param>
    /// <exception cref="CannotStartException">The file cannot be used.</exception>
    public static HttpClient CreateHttp(string? trustedCertificates = null)
    {
        try
        {
            var trust = PeerTrust.ClientOptions(new EgressOptions { TrustedCertificates = trustedCertificates });
            return new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, SslOptions = trust })
            {
                Timeout = TimeSpan.FromSeconds(3 * WaitSeconds),
            };
        }
        catch (InvalidOperationException failure)
        {
            throw new CannotStartException(failure.Message, failure);
        }
    }

    /// <summary>Why an address does not answer, and what to do.</summary>
    public static CannotStartException NoAnswer(string address, Exception failure) => new(
        failure.InnerException is AuthenticationException untrusted
            ? $"{address} shows a certificate that is not trusted here, or is for another name: {untrusted.Message} "
                + "For a space with a root of its own, name the PEM file with it: with --config in Egress:TrustedCertificates of that file, else in the variable SSL_CERT_FILE."
            : $"{address} does not answer: {failure.Message}. Is the space running (tds up)?",
        failure);

    /// <summary>Reads.</summary>
    public Task<T> GetAsync<T>(string route, CancellationToken cancellation) => SendAsync<T>(HttpMethod.Get, route, null, false, cancellation);

    /// <summary>Reads, and lets the service wait for the next resting state (<c>Prefer: wait</c>, RFC 7240 §4.3).</summary>
    public Task<T> WaitAsync<T>(string route, CancellationToken cancellation) => SendAsync<T>(HttpMethod.Get, route, null, true, cancellation);

    /// <summary>The same, for the bytes as they came.</summary>
    public async Task<byte[]> WaitBytesAsync(string route, CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Get, route, null, true, null, cancellation);
        return await response.Content.ReadAsByteArrayAsync(cancellation);
    }

    /// <summary>Sends a document, lets the service wait until it can answer, and gives the bytes as they came.</summary>
    public async Task<byte[]> WaitPostBytesAsync(string route, object body, CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Post, route, body, true, null, cancellation);
        return await response.Content.ReadAsByteArrayAsync(cancellation);
    }

    /// <summary>Sends a document and reads the answer.</summary>
    public Task<T> PostAsync<T>(string route, object? body, CancellationToken cancellation) => SendAsync<T>(HttpMethod.Post, route, body, false, cancellation);

    /// <summary>Sends a request whose answer does not matter.</summary>
    public async Task SendAsync(HttpMethod method, string route, object? body, CancellationToken cancellation)
    {
        using var response = await SendAsync(method, route, body, false, null, cancellation);
    }

    /// <summary>All pages of a list.</summary>
    /// <param name="route">With its own query, ending in <c>?</c> or <c>&amp;</c>.</param>
    /// <param name="cancellation">Ends the request.</param>
    public async Task<IReadOnlyList<T>> AllAsync<T>(string route, CancellationToken cancellation)
    {
        var all = new List<T>();
        for (string? cursor = null; ;)
        {
            var page = await WaitAsync<Page<T>>(cursor is null ? route + "limit=200" : $"{route}limit=200&cursor={Uri.EscapeDataString(cursor)}", cancellation);
            all.AddRange(page.Items);
            cursor = page.Next;
            if (cursor is null)
            {
                return all;
            }
        }
    }

    /// <summary>Reads bytes as they come.</summary>
    public async Task DownloadAsync(string route, Stream target, CancellationToken cancellation, IReadOnlyDictionary<string, string>? headers = null)
    {
        using var response = await SendAsync(HttpMethod.Get, route, null, false, headers, cancellation);
        await response.Content.CopyToAsync(target, cancellation);
    }

    /// <summary>Opens an answer to be read while it comes; whoever opens it disposes it.</summary>
    public Task<HttpResponseMessage> OpenAsync(string route, IReadOnlyDictionary<string, string> headers, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Get, route, null, false, headers, cancellation);

    /// <summary>Reads text, with headers of the caller's own.</summary>
    public async Task<string> ReadTextAsync(string route, IReadOnlyDictionary<string, string> headers, CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Get, route, null, false, headers, cancellation);
        return await response.Content.ReadAsStringAsync(cancellation);
    }

    /// <summary>Posts a document and opens the answer to be read while it comes; whoever opens it disposes it.</summary>
    public Task<HttpResponseMessage> AskAsync(string route, object body, IReadOnlyDictionary<string, string> headers, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, route, body, false, headers, cancellation);

    private async Task<T> SendAsync<T>(HttpMethod method, string route, object? body, bool wait, CancellationToken cancellation)
    {
        using var response = await SendAsync(method, route, body, wait, null, cancellation);
        return ProtocolJson.Read<T>(await response.Content.ReadAsByteArrayAsync(cancellation));
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string route, object? body, bool wait, IReadOnlyDictionary<string, string>? headers, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, address + route);
        if (token.Length > 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (wait)
        {
            request.Headers.Add("Prefer", string.Create(CultureInfo.InvariantCulture, $"wait={WaitSeconds}"));
        }

        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            request.Headers.Add(name, value);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(ProtocolJson.Write(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return await SendAsync(request, cancellation);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage response;
        try
        {
            // Headers only: an export or a month of data is passed on as it comes.
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (Exception failure) when (failure is HttpRequestException or SocketException)
        {
            throw NoAnswer(address, failure);
        }
        catch (TaskCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            throw new CannotStartException($"{address} did not answer within {http.Timeout.TotalSeconds:0} s.", failure);
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw new ServiceRefusalException(response.StatusCode, Problem(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation)));
        }
    }

    // What is no problem document (a proxy's page, a DSP or OAuth error) is shown as it is, shortened.
    private static ProblemDocument Problem(HttpStatusCode status, byte[] body)
    {
        const int Longest = 300;
        try
        {
            return ProtocolJson.Read<ProblemDocument>(body);
        }
        catch (RefusalException)
        {
            var text = System.Text.Encoding.UTF8.GetString(body);
            return new ProblemDocument
            {
                Type = "about:blank",
                Title = status.ToString(),
                Status = (int)status,
                Code = status.ToString(),
                Detail = text.Length <= Longest ? text : text[..Longest] + "…",
            };
        }
    }
}
