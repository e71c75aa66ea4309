using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Clearing;

/// <summary>Settlements as this participant sees them at the authority, and its signature under them; what use would cost by another plan.</summary>
internal static class SettlementEndpoints
{
    public static void AddClearing(this IServiceCollection services) => services.AddSingleton<SettlementReview>().AddSingleton<BalanceReport>();

    public static void MapClearing(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapManagement("settlements");
        group.MapGet(ManagementRoutes.Settlements, ListAsync);
        group.MapGet(ManagementRoutes.SettlementById, async (string id, AuthorityClient authority, CancellationToken cancellation) => TypedResults.Ok(await authority.SettlementAsync(id, cancellation)));
        group.MapPost(ManagementRoutes.SettlementSignature, SignAsync);
        group.MapGet(ManagementRoutes.BalanceById, async (string id, BalanceReport report, CancellationToken cancellation) => TypedResults.Ok(await report.ShowAsync(id, cancellation)));
        routes.MapManagement("usage").MapPost(ManagementRoutes.WhatIf, WhatIfAsync).WithMetadata(new ReadsOnly());
    }

    private static async Task<Ok<Page<SettlementView>>> ListAsync(string? agreement, [AsParameters] PageRequest page, AuthorityClient authority, CancellationToken cancellation) =>
        TypedResults.Ok(await authority.SettlementsAsync(agreement, page.Size, page.After.Length == 0 ? null : page.Cursor, cancellation));

    private static async Task<Ok<SettlementView>> SignAsync(string id, SettlementConsent consent, HttpRequest request, SettlementReview review, CancellationToken cancellation) =>
        TypedResults.Ok(await review.SignAsync(id, consent, PreferredWait.Of(request), cancellation));

    private static async Task<FileContentHttpResult> WhatIfAsync(WhatIf question, HttpRequest request, StatementService statements, CancellationToken cancellation) =>
        TypedResults.Bytes((await statements.RateAsync(question, PreferredWait.Of(request), cancellation)).Bytes(), "application/json");
}
