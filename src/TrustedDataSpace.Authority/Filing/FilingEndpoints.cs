using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Filing;

internal static class FilingEndpoints
{
    public static IServiceCollection AddFiling(this IServiceCollection services) => services
        .AddSingleton<FilingStore>()
        .AddSingleton<FilingService>();

    public static void MapFiling(this IEndpointRouteBuilder app)
    {
        app.MapMembers().MapPost(AuthorityRoutes.Agreements, FileAsync);
        app.MapMembersAndOperator("agreements").MapGet(AuthorityRoutes.Agreement, Find);
    }

    private static async Task<Results<Created<FilingReceipt>, Ok<FilingReceipt>>> FileAsync(AgreementFiling filing, ClaimsPrincipal user, FilingService service)
    {
        var (receipt, created) = await service.FileAsync(filing, Caller.MemberOf(user));
        return created
            ? TypedResults.Created(AuthorityRoutes.ForAgreement(receipt.AgreementId), receipt)
            : TypedResults.Ok(receipt);
    }

    private static Ok<AgreementFiling> Find(string id, ClaimsPrincipal user, FilingStore store)
    {
        var caller = Caller.From(user);

        // To others an agreement does not exist: even its identifier tells who deals with whom.
        return store.Find(id) is { } row && (caller.IsOperator || caller.Member == row.Provider || caller.Member == row.Consumer)
            ? TypedResults.Ok(row.ToFiling())
            : throw new RefusalException(RefusalCode.NotFound, $"There is no agreement {id} here.");
    }
}
