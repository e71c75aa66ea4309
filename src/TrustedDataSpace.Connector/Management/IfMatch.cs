using Microsoft.AspNetCore.Http.Headers;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Management;

/// <summary>The condition under which a change is wanted (RFC 9110 §13.1.1): nobody overwrites what it has not seen.</summary>
internal sealed class IfMatch
{
    private readonly IReadOnlyList<string> tags;

    private IfMatch(IReadOnlyList<string> tags) => this.tags = tags;

    /// <summary>The condition of a request; null: it has none.</summary>
    public static IfMatch? From(HttpRequest request) => request.Headers.IfMatch.Count == 0
        ? null
        : new IfMatch([.. new RequestHeaders(request.Headers).IfMatch.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString())]);

    /// <summary>Refuses when the present state is another one.</summary>
    /// <param name="tag">Entity tag of what there is; null: there is nothing.</param>
    /// <exception cref="RefusalException">PreconditionFailed.</exception>
    public void Require(string? tag)
    {
        if (tag is null || !(tags.Contains("*") || tags.Contains(tag)))
        {
            throw new RefusalException(RefusalCode.PreconditionFailed, $"It is not what If-Match names: {(tag is null ? "there is none" : $"it is {tag} now")}.")
            {
                Where = "If-Match",
                Remedy = "get it again, look at what has changed, and send the ETag of that",
            };
        }
    }
}
