using Microsoft.AspNetCore.Http;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>An answer as it is kept, and sent again.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The bytes.</param>
/// <param name="ContentType">Of the body.</param>
/// <param name="Location">Where what was made is.</param>
/// <param name="CacheControl">Whether it may be kept elsewhere.</param>
/// <param name="Tag">Entity tag of what is shown; null: the response keeps the one it has.</param>
internal sealed record StoredAnswer(int Status, byte[] Body, string? ContentType = null, string? Location = null, string? CacheControl = null, string? Tag = null)
{
    /// <summary>Runs the rest of the pipeline, and takes its answer instead of sending it.</summary>
    public static async Task<StoredAnswer> TakeAsync(HttpContext context, RequestDelegate next)
    {
        var response = context.Response;
        var wire = response.Body;
        using var taken = new MemoryStream();
        response.Body = taken;
        try
        {
            await next(context);
            await response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        finally
        {
            response.Body = wire;
        }

        return new StoredAnswer(response.StatusCode, taken.ToArray(), response.ContentType, response.Headers.Location, response.Headers.CacheControl, response.Headers.ETag);
    }

    public async Task SendAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.Headers.Location = Location;
        response.Headers.CacheControl = CacheControl;
        if (Tag is not null)
        {
            response.Headers.ETag = Tag;
        }

        if (Body.Length > 0)
        {
            response.ContentLength = Body.Length;
            await response.Body.WriteAsync(Body, context.RequestAborted);
        }
    }
}
