using System.IO.Compression;
using System.Net.Mime;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Headers;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>
/// A document of the catalog as an answer: with an entity tag over its bytes, as 304 to whoever has it already, and compressed for whoever
/// takes it so. Who may see it was decided before: an answer that says "nothing new" was made like any other. Compression gives nothing away
/// (BREACH): a catalog holds no secret, and a peer's own words do not stand in it.
/// </summary>
internal sealed class CatalogAnswer(byte[] document) : IResult
{
    // Below, the frame of gzip costs more than it saves.
    private const int LeastCompressed = 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (request, response) = (httpContext.Request, httpContext.Response);
        var compress = document.Length >= LeastCompressed && TakesGzip(request);
        var tag = Convert.ToHexStringLower(SHA256.HashData(document))[..32];
        string[] known = [$"\"{tag}\"", $"\"{tag}-gzip\""];

        // Another tag for the other form: a strong one is over the bytes that are sent (RFC 9110 §8.8.3.3).
        response.Headers.ETag = known[compress ? 1 : 0];
        response.Headers.Vary = "Accept-Encoding, Authorization";
        response.Headers.CacheControl = "private, no-cache";
        if (new RequestHeaders(request.Headers).IfNoneMatch.Any(given => given.Tag == "*" || known.Contains(given.Tag.ToString())))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = MediaTypeNames.Application.Json;
        if (compress)
        {
            response.Headers.ContentEncoding = "gzip";
        }

        var body = compress ? Compress(document) : document;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }

    private static bool TakesGzip(HttpRequest request)
    {
        var given = new RequestHeaders(request.Headers).AcceptEncoding;
        var choice = given.FirstOrDefault(coding => coding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase)) ?? given.FirstOrDefault(coding => coding.Value == "*");
        return choice is not null && choice.Quality is null or > 0;
    }

    private static byte[] Compress(byte[] document)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(document);
        }

        return compressed.ToArray();
    }
}
