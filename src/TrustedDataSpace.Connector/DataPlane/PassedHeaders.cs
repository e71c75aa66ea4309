using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Primitives;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// Which headers pass between an application and a source: these, and no others. Everything else belongs to one connection, tells who asks,
/// or is a credential; each hop adds its own. A caller's <c>Connection</c> header has no say in it (RFC 9110 §7.6.1 lets it name headers to
/// be dropped, which could be ours).
/// </summary>
internal static class PassedHeaders
{
    private static readonly FrozenSet<string> Answer = FrozenSet.ToFrozenSet(
        [
            "Accept-Ranges", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Range", "Content-Type",
            "ETag", "Expires", "Last-Modified", "Retry-After", "Vary",
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly string[] Question =
    [
        "Accept", "Accept-Language", "If-None-Match", "If-Modified-Since", "Range", "If-Range", "Content-Type", "Content-Encoding", "Content-Language", SentBody.Digest,
    ];

    /// <summary>For whoever must know before anything is sent: all that is passed on can be.</summary>
    /// <exception cref="RefusalException">Malformed: a value that cannot be sent.</exception>
    public static void RequireSendable(HttpRequest request)
    {
        foreach (var name in Question)
        {
            foreach (var value in request.Headers[name])
            {
                if (!Ascii.IsValid(value))
                {
                    throw new RefusalException(RefusalCode.Malformed, $"{name} has characters that are not of ASCII.") { Where = name, Remedy = "send it in ASCII" };
                }
            }
        }
    }

    /// <summary>What the application wants, on its way to the source.</summary>
    /// <param name="from">The request that came.</param>
    /// <param name="to">The request that goes; its content, if it has one, is there already.</param>
    /// <param name="ranges">Whether parts of the answer may be asked for: not where rows are counted or filtered, since a part of a table has no header line.</param>
    public static void Copy(HttpRequest from, HttpRequestMessage to, bool ranges)
    {
        var (given, headers) = (from.Headers, to.Headers);
        Add(headers, "Accept", given.Accept);
        Add(headers, "Accept-Language", given.AcceptLanguage);
        Add(headers, "If-None-Match", given.IfNoneMatch);
        Add(headers, "If-Modified-Since", given.IfModifiedSince);
        if (ranges)
        {
            Add(headers, "Range", given.Range);
            Add(headers, "If-Range", given.IfRange);
        }

        if (to.Content is { } content)
        {
            Add(content.Headers, "Content-Type", given.ContentType);
            Add(content.Headers, "Content-Encoding", given.ContentEncoding);
            Add(content.Headers, "Content-Language", given.ContentLanguage);
            Add(content.Headers, SentBody.Digest, given[SentBody.Digest]);
            content.Headers.ContentLength = from.ContentLength;
        }
    }

    /// <summary>What describes the answer, on its way to the application. Status and length are not among them.</summary>
    public static void Copy(HttpResponseMessage from, HttpResponse to, bool ranges)
    {
        Copy(from.Headers, to.Headers, ranges);
        Copy(from.Content.Headers, to.Headers, ranges);
    }

    /// <summary>When to ask again (RFC 9110 §10.2.3), as the answer says it; empty when it does not.</summary>
    public static StringValues RetryAfter(HttpResponseMessage from) =>
        from.Headers.NonValidated.TryGetValues("Retry-After", out var values) && values.Count == 1 ? new StringValues(values.ToString()) : default;

    private static void Copy(HttpHeaders from, IHeaderDictionary to, bool ranges)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            if (Answer.Contains(name) && (ranges || !IsOfRanges(name)))
            {
                to[name] = values.Count == 1 ? new StringValues(values.ToString()) : new StringValues([.. values]);
            }
        }
    }

    private static bool IsOfRanges(string name) =>
        name.Equals("Accept-Ranges", StringComparison.OrdinalIgnoreCase) || name.Equals("Content-Range", StringComparison.OrdinalIgnoreCase);

    private static void Add(HttpHeaders headers, string name, StringValues values)
    {
        if (values.Count == 1)
        {
            headers.TryAddWithoutValidation(name, values.ToString());
        }
        else if (values.Count > 1)
        {
            headers.TryAddWithoutValidation(name, values.ToArray());
        }
    }
}
