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
        .AddSingleton<AuditRows>()
        .AddSingleton<AuditIndex>()
        .AddSingleton<AuditGaps>()
        .AddSingleton<AuditAgreements>()
        .AddSingleton<ConnectorRecords>()
        .AddHostedService<AuditIndexing>();

    public static void MapAudit(this IEndpointRouteBuilder app)
    {
        var auditors = app.MapManagement("evidence");
        auditors.MapGet(AuthorityRoutes.AuditEntries, FindAsync);
        auditors.MapGet(AuthorityRoutes.AuditCourse, CourseAsync);
        auditors.MapGet(AuthorityRoutes.AuditGaps, GapsAsync);
        auditors.MapGet(AuthorityRoutes.AuditAgreements, AgreementsAsync);
    }

    private static async Task<Ok<Page<AuditedEntry>>> FindAsync([AsParameters] Filter asked, string? kind, string? source, string? process, long? version, AuditIndex index, ConnectorRecords connectors, CancellationToken cancellation)
    {
        if (version is not null && asked.Product is null)
        {
            throw new RefusalException(RefusalCode.Malformed, "version is that of a product.") { Term = "version", Remedy = "give product as well" };
        }

        var filter = new AuditFilter(kind, source, asked.Agreement, process, asked.Since, asked.Until) { Product = asked.Product, Version = version, Participant = asked.Participant };
        var page = await index.FindAsync(filter, From(asked.From), Paging.Limit(asked.Limit), cancellation);
        if (asked.Check != true)
        {
            return TypedResults.Ok(page);
        }

        var said = await connectors.AskAsync(
            [.. page.Items.Select(item => new RecordQuestion { Provider = item.Entry.Source, Entry = (item.Entry.Id, Convert.ToBase64String(item.Entry.LeafHash())) })], ask: true, cancellation);
        return TypedResults.Ok(page with { Items = [.. page.Items.Zip(said, (item, answers) => item with { Connector = answers[0] })] });
    }

    private static async Task<Ok<Page<AuditedEntry>>> CourseAsync(string id, long? from, int? limit, AuditIndex index, CancellationToken cancellation)
    {
        var (first, most) = (From(from), Paging.Limit(limit));
        var page = await index.CourseAsync(id, first, most, cancellation);
        return page.Items.Count > 0 || first > 0
            ? TypedResults.Ok(page)
            : throw new RefusalException(RefusalCode.NotFound, "The log says nothing of that id.") { Term = "id" };
    }

    private static async Task<Ok<Page<AuditGap>>> GapsAsync([AsParameters] Filter asked, string? kind, int? olderThan, AuditGaps gaps, CancellationToken cancellation) =>
        TypedResults.Ok(await gaps.FindAsync(
            new GapFilter(kind, asked.Agreement, asked.Product, asked.Participant, asked.Since, asked.Until) { OlderThan = olderThan }, From(asked.From), Paging.Limit(asked.Limit), asked.Check == true, cancellation));

    private static async Task<Ok<Page<AuditedAgreement>>> AgreementsAsync([AsParameters] Filter asked, string? state, bool? undestroyed, DateTimeOffset? at, AuditAgreements agreements, CancellationToken cancellation) =>
        TypedResults.Ok(await agreements.FindAsync(
            new AgreementFilter(state, asked.Agreement, asked.Product, asked.Participant, asked.Since, asked.Until) { At = at, Undestroyed = undestroyed == true }, From(asked.From), Paging.Limit(asked.Limit), asked.Check == true, cancellation));

    private static long From(long? from) => from switch
    {
        null => 0,
        >= 0 => from.Value,
        _ => throw new RefusalException(RefusalCode.Malformed, "from must be 0 or more.") { Term = "from" },
    };

    /// <summary>What every question can be narrowed by.</summary>
    internal sealed record Filter
    {
        public string? Agreement { get; init; }

        public string? Product { get; init; }

        /// <summary>DID of a party.</summary>
        public string? Participant { get; init; }

        /// <summary>Not before, by the clock of the source.</summary>
        public DateTimeOffset? Since { get; init; }

        public DateTimeOffset? Until { get; init; }

        /// <summary>Place of the page.</summary>
        public long? From { get; init; }

        public int? Limit { get; init; }

        /// <summary>Whether the connectors concerned are asked what they have.</summary>
        public bool? Check { get; init; }
    }
}
