using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The body of an application's request. A signature covers its digest, which goes out before it: so either the application says the digest,
/// and the body streams through, or the body is small and is read first.
/// </summary>
internal static class SentBody
{
    /// <summary>Most bytes that are read before anything is sent.</summary>
    public const int LargestUndigested = 1 << 20;

    /// <summary>The header with the digest (RFC 9530).</summary>
    public const string Digest = "Content-Digest";

    /// <summary>Sees to it that the request says the digest of its body, if it has one.</summary>
    /// <exception cref="RefusalException">TooLarge: the application must say it.</exception>
    public static async ValueTask DigestAsync(HttpContext context)
    {
        var request = context.Request;
        if (!SourceRules.HasBody(request) || request.Headers[Digest].ToString().Length > 0)
        {
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            // A little more than is read: what is too large is told so here.
            limit.MaxRequestBodySize = 2 * LargestUndigested;
        }

        var read = new ArrayBufferWriter<byte>();
        if (request.ContentLength > LargestUndigested || !await ReadAsync(request.Body, read, context.RequestAborted))
        {
            throw new RefusalException(RefusalCode.TooLarge, $"A body of more than {LargestUndigested} bytes is signed by its digest, which the request does not say.")
            {
                Where = Digest,
                Remedy = $"send {Digest}: sha-256=:…: (RFC 9530); then a body of any size streams through",
            };
        }

        request.Headers[Digest] = DigestedBody.HeaderFor(read.WrittenSpan);
        request.Body = new MemoryStream(read.WrittenMemory.ToArray());
        request.ContentLength = read.WrittenCount;
    }

    /// <summary>Reads a body; false when it has more than <see cref="LargestUndigested"/> bytes.</summary>
    public static async ValueTask<bool> ReadAsync(Stream body, ArrayBufferWriter<byte> into, CancellationToken cancellation)
    {
        const int Piece = 16 * 1024;
        while (into.WrittenCount <= LargestUndigested)
        {
            var count = await body.ReadAsync(into.GetMemory(Piece), cancellation);
            if (count == 0)
            {
                return true;
            }

            into.Advance(count);
        }

        return false;
    }
}
