using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>
/// An endpoint that gives entity tags, and looks at <c>If-Match</c>, by itself: what it works on has a version, or is named in the document
/// and not in the address.
/// </summary>
public sealed record OwnEntityTags;

/// <summary>
/// Entity tags (RFC 9110 §8.8.3, §13.1) for whatever the management interface shows by its id: a hash over the bytes shown. A POST on it
/// with <c>If-Match</c> is done only if nothing has happened to it since: looked at before, and again inside the unit of work, where
/// each change has left its evidence or its count.
/// </summary>
internal sealed class Preconditions(RequestDelegate next, Database database, EvidenceTrail trail, OwnViews views, IEnumerable<IRevisions> revisions)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) && OwnViews.IsOne(context.GetEndpoint()))
        {
            await ShowAsync(context);
        }
        else if (request.Headers.IfMatch.Count > 0 && !HttpMethods.IsGet(request.Method) && OwnViews.IsManaged(context.GetEndpoint())
            && context.GetEndpoint()!.Metadata.GetMetadata<OwnEntityTags>() is null)
        {
            await ChangeAsync(context);
        }
        else
        {
            await next(context);
        }
    }

    private async Task ShowAsync(HttpContext context)
    {
        var answer = await StoredAnswer.TakeAsync(context, next);
        if (answer.Status == StatusCodes.Status200OK)
        {
            var tag = context.Response.Headers.ETag is [{ } own] ? own : TagOf(answer);
            context.Response.Headers.ETag = tag;
            if (Matches(context.Request.Headers.IfNoneMatch, tag, weakly: true))
            {
                answer = new StoredAnswer(StatusCodes.Status304NotModified, []);
            }
        }

        await answer.SendAsync(context);
    }

    private async Task ChangeAsync(HttpContext context)
    {
        // Taken before the look: what happens between look and command is seen in the command.
        var position = trail.LastId();
        var view = HttpMethods.IsPost(context.Request.Method) ? views.Find(context) : null;
        if (view is null)
        {
            throw new RefusalException(RefusalCode.Unsupported, "If-Match is not possible here: what this request works on has no entity tag.") { Where = "If-Match", Remedy = "leave it out" };
        }

        var revision = revisions.Select(things => things.RevisionOf(view.Id)).FirstOrDefault(known => known is not null);
        var tag = TagOf(await view.ReadAsync(context));
        if (!Matches(context.Request.Headers.IfMatch, tag, weakly: false))
        {
            throw Changed(view);
        }

        var isDone = false;
        using (database.Surround((unit, command) =>
        {
            if (!isDone && (EvidenceTrail.HasHappened(unit, view.Id, position)
                || revisions.Select(things => things.RevisionOf(unit, view.Id)).FirstOrDefault(known => known is not null) != revision))
            {
                throw Changed(view);
            }

            command();
            isDone |= unit.Subject is not null;
        }))
        {
            await next(context);
        }
    }

    private static string TagOf(StoredAnswer shown) => $"\"{Convert.ToHexStringLower(SHA256.HashData(shown.Body).AsSpan(0, 16))}\"";

    // RFC 9110 §8.8.3.2: a weak tag never matches where something is to be changed.
    private static bool Matches(StringValues header, string tag, bool weakly) => EntityTagHeaderValue.TryParseList(header, out var tags)
        && tags.Any(given => given.Equals(EntityTagHeaderValue.Any) || (given.Tag == tag && (weakly || !given.IsWeak)));

    private static RefusalException Changed(OwnView view) => new(RefusalCode.PreconditionFailed, $"{view.Path} is not as If-Match says: it has changed meanwhile.")
    {
        Where = "If-Match",
        Remedy = $"GET {view.Path}, and decide again",
    };
}
