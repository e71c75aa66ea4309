using System.Net;
using System.Net.Http.Headers;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Http;

/// <summary>Documents that strangers publish about themselves.</summary>
public sealed partial class JsonClient
{
    /// <summary>Most bytes that such a document may have.</summary>
    public const int MostDocumentBytes = 64 * 1024;

    private static readonly TimeSpan LongestDocumentWait = TimeSpan.FromSeconds(10);

    /// <summary>Fetches a public document, without a credential: 10 s at most, no redirect, under the egress rule.</summary>
    /// <param name="url">Where it is.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="mostBytes">Most bytes that it may have. Default 64 KiB.</param>
    /// <param name="accept">Media type that is asked for.</param>
    /// <exception cref="RefusalException">
    /// Unavailable: nobody answered in time, or a 5xx, 408 or 429; TooLarge; Unsupported: a redirect; other codes: the publisher's final word.
    /// </exception>
    public async Task<byte[]> GetDocumentAsync(Uri url, CancellationToken cancellation, int mostBytes = MostDocumentBytes, string accept = "application/json")
    {
        ArgumentNullException.ThrowIfNull(url);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(LongestDocumentWait < http.Timeout ? LongestDocumentWait : http.Timeout);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            if (response.StatusCode is >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest)
            {
                throw new RefusalException(RefusalCode.Unsupported, $"{url} answered {(int)response.StatusCode}: redirects are not followed.");
            }

            var body = await ReadAsync(response, mostBytes, timeout.Token);
            return response.IsSuccessStatusCode
                ? body ?? throw new RefusalException(RefusalCode.TooLarge, $"{url} is longer than {mostBytes} bytes.")
                : throw Refusal(url.ToString(), new JsonAnswer(response.StatusCode, body ?? [], ETag: null));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new RefusalException(RefusalCode.Unavailable, $"{url} did not answer: {failure.Message}", failure);
        }
        catch (OperationCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            throw new RefusalException(RefusalCode.Unavailable, $"{url} did not answer in time.", failure);
        }
    }

    /// <returns>Null when it is too long: what is read stops there, whatever length was announced.</returns>
    private static async Task<byte[]?> ReadAsync(HttpResponseMessage response, int mostBytes, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentLength > mostBytes)
        {
            return null;
        }

        // Grows with what comes: most documents are far shorter than they may be.
        var buffer = new byte[Math.Min(mostBytes, MostDocumentBytes) + 1];
        var length = 0;
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        while (true)
        {
            length += await stream.ReadAtLeastAsync(buffer.AsMemory(length), buffer.Length - length, throwOnEndOfStream: false, cancellation);
            if (length < buffer.Length)
            {
                return buffer[..length];
            }

            if (length > mostBytes)
            {
                return null;
            }

            Array.Resize(ref buffer, Math.Min(buffer.Length * 2, mostBytes + 1));
        }
    }
}
