using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>
/// A POST of the management interface that is sent again with its <c>Idempotency-Key</c> is done once. That it was done is written in the
/// unit of work that does it, so no kill can come between; the answer is kept before it is sent. Sent again, it gets that answer; if a
/// kill came before there was one, it gets what the interface shows of it now. A request without effect (refused, or only asking) keeps
/// nothing, and its key is free.
/// </summary>
internal sealed class IdempotencyKeys(RequestDelegate next, Database database, KeyStore keys, OwnViews views, ServiceSettings settings, TimeProvider clock)
{
    // One process works on a data folder (FolderLock), so memory is enough to know what is under way.
    private readonly ConcurrentDictionary<(string Caller, string Key), bool> underWay = new();

    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || !OwnViews.IsManaged(context.GetEndpoint()) || context.Request.Headers[RetryRule.Header].Count == 0)
        {
            await next(context);
            return;
        }

        var request = await KeyedRequest.ReadAsync(context);
        if (!underWay.TryAdd((request.Caller, request.Key), true))
        {
            context.Response.Headers.RetryAfter = "1";
            throw new RefusalException(RefusalCode.Conflict, "A request with this key is still under way.") { Where = RetryRule.Header, Remedy = "send it again in a second: it then gets the same answer" };
        }

        try
        {
            await (await AgainAsync(context, request) ?? await FirstAsync(context, request)).SendAsync(context);
        }
        finally
        {
            underWay.TryRemove((request.Caller, request.Key), out _);
        }
    }

    private async Task<StoredAnswer> FirstAsync(HttpContext context, KeyedRequest request)
    {
        var hadEffect = false;
        StoredAnswer answer;
        using (database.Surround((unit, command) =>
        {
            command();
            if (unit.Subject is { } subject)
            {
                KeyedRequestStore.Add(unit, request, subject, OldestKept());
                hadEffect = true;
            }
        }))
        {
            answer = await StoredAnswer.TakeAsync(context, next);
        }

        if (hadEffect)
        {
            // Sealed: it may hold a secret that is shown this once.
            var box = keys.Seal(ProtocolJson.Write(answer), SealedAs(request));
            await database.WriteAsync(unit => KeyedRequestStore.Answered(unit, request, box));
        }

        return answer;
    }

    /// <summary>The answer to a request that was done already; null to a new one.</summary>
    private async Task<StoredAnswer?> AgainAsync(HttpContext context, KeyedRequest request)
    {
        var done = database.Read(connection => KeyedRequestStore.Find(connection, settings.Space.Id, request, OldestKept()));
        if (done is null)
        {
            return null;
        }

        if (done.Digest != request.Digest)
        {
            throw new RefusalException(RefusalCode.Conflict, "The key belongs to another request: method, address or body differ.") { Where = RetryRule.Header, Remedy = "use a new key for something new" };
        }

        context.Response.Headers["Idempotency-Replayed"] = "true";
        return done.Answer is null
            ? await ShownAsync(context, done.Subject)
            : ProtocolJson.Read<StoredAnswer>(keys.Open(done.Answer, SealedAs(request)));
    }

    // The service ended between the effect and its answer.
    private async Task<StoredAnswer> ShownAsync(HttpContext context, string subject)
    {
        // Shown to those alone who may look at it without the key.
        if (views.Find(context, made: subject) is not { } view || !ManagementScopes.Has(context.User, view.Endpoint.Metadata.GetMetadata<ManagementArea>()?.Read))
        {
            throw new RefusalException(RefusalCode.Conflict, $"This was done ('{subject}'), but the service ended before it answered, and the answer is lost.")
            {
                Where = RetryRule.Header,
                Remedy = $"look at GET {context.Request.Path}; if it is of no use without the answer, take it back and do it again with a new key",
            };
        }

        return await view.ReadAsync(context) with { Location = view.Path };
    }

    private long OldestKept() => (clock.GetUtcNow() - settings.Management.IdempotencyKeyLifetime).ToUnixTimeMilliseconds();

    private static string SealedAs(KeyedRequest request) => $"answer:{request.Caller}:{request.Key}";
}
