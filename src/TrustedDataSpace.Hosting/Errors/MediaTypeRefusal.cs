using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Errors;

/// <summary>A body says what it is, and nothing else is read: what one service takes for text another may take for a form.</summary>
public static class MediaTypeRefusal
{
    /// <summary>Refuses a body that does not say that it is JSON (<c>application/json</c> or <c>+json</c>).</summary>
    /// <exception cref="RefusalException">UnsupportedMediaType.</exception>
    public static void RequireJson(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            throw For("application/json");
        }
    }

    /// <summary>Refuses a body of another media type.</summary>
    /// <exception cref="RefusalException">UnsupportedMediaType.</exception>
    public static void Require(HttpRequest request, string expected)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var given) || !given.MediaType.Equals(expected, StringComparison.OrdinalIgnoreCase))
        {
            throw For(expected);
        }
    }

    internal static RefusalException For(string expected) => new(RefusalCode.UnsupportedMediaType, "The body is not of the media type that is read here.")
    {
        Where = "Content-Type",
        Remedy = "send " + expected,
    };
}
