using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Audit;

/// <summary>An auditor's questions, each one call, in pages.</summary>
internal static class AuditEndpoints
{
    public static IServiceCollection AddAudit(this IServiceCollection services) => services
        .AddSingleton<AuditIndex>()
        .AddHostedService<AuditIndexing>();

    public static void MapAudit(this IEndpointRouteBuilder app)
    {
        var auditors = app.MapManagement("evidence");
        auditors.MapGet(AuthorityRoutes.AuditEntries, FindAsync);
        auditors.MapGet(AuthorityRoutes.AuditCourse, CourseAsync);
    }

    private static async Task<Ok<Page<AuditedEntry>>> FindAsync(
        string? kind, string? source, string? agreement, string? process, DateTimeOffset? since, DateTimeOffset? until, long? from, int? limit, AuditIndex index, CancellationToken cancellation) =>
        TypedResults.Ok(await index.FindAsync(new AuditFilter(kind, source, agreement, process, since, until), From(from), Paging.Limit(limit), cancellation));

    private static async Task<Ok<Page<AuditedEntry>>> CourseAsync(string id, long? from, int? limit, AuditIndex index, CancellationToken cancellation)
    {
        var (first, most) = (From(from), Paging.Limit(limit));
        var page = await index.CourseAsync(id, first, most, cancellation);
        return page.Items.Count > 0 || first > 0
            ? TypedResults.Ok(page)
            : throw new RefusalException(RefusalCode.NotFound, "The log says nothing of that id.") { Term = "id" };
    }

    private static long From(long? from) => from switch
    {
        null => 0,
        >= 0 => from.Value,
        _ => throw new RefusalException(RefusalCode.Malformed, "from must be 0 or more.") { Term = "from" },
    };
}
