using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>This participant's evidence, and what it holds against the operator of the space.</summary>
internal static class EvidenceEndpoints
{
    public static void AddEvidence(this IServiceCollection services)
    {
        services.AddSingleton<LogWatchStore>();
        services.AddSingleton<LogWatch>();
        services.AddSingleton<ReceiptStore>();
        services.AddSingleton<Witness>();
        services.AddHostedService(provider => provider.GetRequiredService<Witness>());
        services.AddSingleton<ShipmentStore>();
        services.AddSingleton<ReceiptWaits>();
        services.AddSingleton<Shipments>();
        services.AddHostedService<EvidenceShipper>();
    }

    public static void MapEvidence(this IEndpointRouteBuilder app)
    {
        app.MapManagement("status").MapGet(ManagementRoutes.Evidence, StatusAsync);
        var group = app.MapManagement("evidence");
        group.MapGet(ManagementRoutes.EvidenceEntries, Entries);
        group.MapGet(ManagementRoutes.EvidenceReceipt, (string id, ReceiptStore receipts) => receipts.Find(id));
        group.MapPost(ManagementRoutes.EvidenceLogAcceptance, AcceptAsync);
    }

    private static async Task<Ok<EvidenceStatus>> StatusAsync(HttpRequest request, Database database, EvidenceTrail trail, LogWatchStore log)
    {
        await database.WaitUntilAsync(() => trail.Unlogged(1).Count == 0, PreferredWait.Of(request), request.HttpContext.RequestAborted);
        return TypedResults.Ok(Status(trail, log));
    }

    private static Page<EvidenceItem> Entries([AsParameters] PageRequest page, EvidenceTrail trail) =>
        page.ToPage(trail.Placed(page.After, page.Size + 1), row => new EvidenceItem(row.Entry, row.Index), row => row.Entry.Id);

    private static async Task<Ok<EvidenceStatus>> AcceptAsync(LogAcceptance acceptance, LogWatch watch, EvidenceTrail trail, LogWatchStore log, CancellationToken cancellation)
    {
        await watch.AcceptAsync(acceptance.Root, cancellation);
        return TypedResults.Ok(Status(trail, log));
    }

    private static EvidenceStatus Status(EvidenceTrail trail, LogWatchStore log)
    {
        var (entries, logged) = trail.Count();
        return new EvidenceStatus { Entries = entries, Logged = logged, Log = log.Status(), Alarm = log.Alarm() };
    }
}
