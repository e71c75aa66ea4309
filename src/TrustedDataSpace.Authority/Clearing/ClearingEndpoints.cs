using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Clearing;

namespace TrustedDataSpace.Authority.Clearing;

internal static class ClearingEndpoints
{
    private const string Area = "clearing";

    public static IServiceCollection AddClearing(this IServiceCollection services) => services
        .AddSingleton<SettlementStore>()
        .AddSingleton<SettledUse>()
        .AddSingleton<SettlementService>()
        .AddSingleton<SettlementSteps>()
        .AddSingleton<BalanceService>()
        .AddSingleton<PaymentHook>()
        .AddSingleton<ClearingWorker>()
        .AddHostedService(provider => provider.GetRequiredService<ClearingWorker>());

    public static void MapClearing(this IEndpointRouteBuilder app)
    {
        var operators = app.MapManagement(Area);
        operators.MapPost(AuthorityRoutes.Settlements, SettleAsync);
        operators.MapPost(AuthorityRoutes.SettlementPayment, PayAsync);
        operators.MapPost(AuthorityRoutes.TopUps, TopUpAsync);
        app.MapMembers().MapPost(AuthorityRoutes.SettlementSignature, SignAsync);

        var readers = app.MapMembersAndOperator(Area);
        readers.MapGet(AuthorityRoutes.Settlements, List);
        readers.MapGet(AuthorityRoutes.Settlement, (string id, ClaimsPrincipal user, SettlementSteps steps) => TypedResults.Ok(steps.Find(id, Caller.From(user).Member).ToView()));
        readers.MapGet(AuthorityRoutes.SettlementFocus, (string id, ClaimsPrincipal user, SettlementSteps steps) =>
            TypedResults.Text(FocusExport.Write([steps.Find(id, Caller.From(user).Member).Read()]), FocusExport.MediaType));

        readers.MapGet(AuthorityRoutes.Balance, async (string id, ClaimsPrincipal user, BalanceService balances) => TypedResults.Ok(await balances.ShowAsync(id, Caller.From(user).Member)));

        // Open to strangers: who has the secret has signed it.
        app.MapPost(AuthorityRoutes.Payments, (HttpRequest request, PaymentHook hook) => hook.TakeAsync(request));
    }

    private static async Task<Ok<BalanceView>> TopUpAsync(TopUp topUp, ClaimsPrincipal user, BalanceService balances) =>
        TypedResults.Ok(await balances.TopUpAsync(topUp, user.FindFirstValue("sub") ?? "operator"));

    private static async Task<Ok<SettlementView>> SettleAsync(SettlementRequest request, SettlementService service, TimeProvider clock) =>
        TypedResults.Ok(await service.SettleAsync(request, clock.GetUtcNow()));

    private static async Task<Ok<SettlementView>> SignAsync(string id, SettlementSignature signature, ClaimsPrincipal user, SettlementSteps steps) =>
        TypedResults.Ok(await steps.SignAsync(id, Caller.MemberOf(user), signature));

    private static async Task<Ok<SettlementView>> PayAsync(string id, Payment payment, ClaimsPrincipal user, SettlementSteps steps) =>
        TypedResults.Ok(await steps.PayAsync(id, payment, user.FindFirstValue("sub") ?? "operator"));

    private static Ok<Page<SettlementView>> List(string? agreement, int? limit, string? cursor, ClaimsPrincipal user, SettlementStore store)
    {
        var most = Paging.Limit(limit);
        return TypedResults.Ok(Paging.Of(store.Page(agreement, Caller.From(user).Member, Paging.After(cursor), most + 1), most, row => row.ToView(), row => row.Id));
    }
}
