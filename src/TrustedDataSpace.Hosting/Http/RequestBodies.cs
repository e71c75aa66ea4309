using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Http;

/// <summary>Bodies of messages that have a limit of their own.</summary>
public static class RequestBodies
{
    /// <summary>The body; what is longer is not read to its end.</summary>
    /// <param name="context">The request.</param>
    /// <param name="most">Bytes.</param>
    /// <exception cref="RefusalException">TooLarge.</exception>
    public static async Task<byte[]> ReadAsync(HttpContext context, int most)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = most;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.Length <= most ? body.ToArray() : throw new RefusalException(RefusalCode.TooLarge, $"The message is longer than {most} bytes.") { Where = "body" };
    }
}
