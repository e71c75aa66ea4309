using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Receipts;

internal static class ReceiptEndpoints
{
    private const string Area = "clearing";

    public static IServiceCollection AddReceipts(this IServiceCollection services) => services
        .AddSingleton<ReceiptStore>()
        .AddSingleton<SubmittedRecords>()
        .AddSingleton<ReceiptService>()
        .AddSingleton<DisputeStore>()
        .AddSingleton<DisputeLeaves>()
        .AddSingleton<DisputeService>();

    public static void MapReceipts(this IEndpointRouteBuilder app)
    {
        var members = app.MapMembers();
        members.MapPost(AuthorityRoutes.Receipts, SubmitAsync);
        members.MapPut(AuthorityRoutes.DisputeLeaves, ShowLeavesAsync);

        var readers = app.MapMembersAndOperator(Area);
        readers.MapGet(AuthorityRoutes.Receipts, Receipts);
        readers.MapGet(AuthorityRoutes.Disputes, Disputes);
        readers.MapGet(AuthorityRoutes.Dispute, (string id, ClaimsPrincipal user, DisputeService service) => TypedResults.Ok(service.Get(id, Caller.From(user).Member)));
        readers.MapGet(AuthorityRoutes.DisputeDifferences, Differences);

        app.MapManagement(Area).MapPost(AuthorityRoutes.DisputeResolution, ResolveAsync);
    }

    private static async Task<Ok<Receipt>> SubmitAsync(ReceiptSubmission submission, ClaimsPrincipal user, SubmittedRecords records, ReceiptService service) =>
        TypedResults.Ok(await service.SubmitAsync(records.Read(submission, Caller.MemberOf(user))));

    private static async Task<Ok<Dispute>> ShowLeavesAsync(string id, LeavesPage page, ClaimsPrincipal user, DisputeService service) =>
        TypedResults.Ok(await service.ShowLeavesAsync(id, Caller.MemberOf(user), page));

    private static async Task<Ok<Dispute>> ResolveAsync(string id, DisputeResolution resolution, ClaimsPrincipal user, DisputeService service) =>
        TypedResults.Ok(await service.ResolveAsync(id, resolution, user.FindFirstValue("sub") ?? "operator"));

    private static Ok<Page<Receipt>> Receipts(string? agreement, long? from, int? limit, string? cursor, ClaimsPrincipal user, SubmittedRecords records, ReceiptStore store)
    {
        var most = Paging.Limit(limit);
        var (interval, flow) = cursor is null ? (from ?? 0, "") : Place(cursor);
        var filing = records.FilingOf(agreement ?? "", Caller.From(user).Member);
        return TypedResults.Ok(Paging.Of(
            store.Page(filing.Id, interval, flow, most + 1),
            most,
            row => row.ToReceipt(),
            row => string.Create(CultureInfo.InvariantCulture, $"{row.Interval} {row.Flow}")));
    }

    private static Ok<Page<Dispute>> Disputes(string? state, string? agreement, int? limit, string? cursor, ClaimsPrincipal user, DisputeStore store, DisputeService service)
    {
        if (state is not (null or DisputeRow.Open or DisputeRow.Resolved))
        {
            throw new RefusalException(RefusalCode.Malformed, $"state must be {DisputeRow.Open} or {DisputeRow.Resolved}.") { Term = "state" };
        }

        var most = Paging.Limit(limit);
        var rows = store.Page(new DisputeFilter(state, agreement), Caller.From(user).Member, Paging.After(cursor), most + 1);
        return TypedResults.Ok(Paging.Of(rows, most, row => row.ToDispute(service.Receipt(row)), row => row.Id));
    }

    private static Ok<Page<LeafDifference>> Differences(string id, int? limit, string? cursor, ClaimsPrincipal user, DisputeService service, DisputeLeaves leaves)
    {
        var (most, after) = (Paging.Limit(limit), Number(Paging.After(cursor) ?? "0"));
        var dispute = service.Find(id, Caller.From(user).Member);
        return TypedResults.Ok(Paging.Of(
            [.. leaves.Differences(dispute.Id, after).Take(most + 1)],
            most,
            difference => difference,
            difference => difference.Sequence.ToString(CultureInfo.InvariantCulture)));
    }

    private static (long Interval, string Flow) Place(string? cursor) => Paging.After(cursor)?.Split(' ', 2) switch
    {
        null => (0, ""),
        [var interval, var flow] => (Number(interval), flow),
        _ => throw Paging.BadCursor(),
    };

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Paging.BadCursor();
}
