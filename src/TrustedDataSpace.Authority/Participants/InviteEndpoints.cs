using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Participants;

internal static class InviteEndpoints
{
    public static IServiceCollection AddInvites(this IServiceCollection services) => services
        .AddSingleton<InviteStore>()
        .AddSingleton<InviteService>()
        .AddSingleton<InviteAttempts>();

    public static void MapInvites(this IEndpointRouteBuilder app)
    {
        var operators = app.MapManagement("invites");
        operators.MapPost(AuthorityRoutes.Invites, CreateAsync);
        operators.MapGet(AuthorityRoutes.Invites, List);
        operators.MapDelete(AuthorityRoutes.Invite, RevokeAsync);

        // Open to strangers: who has the code is invited.
        app.MapPost(AuthorityRoutes.Invitations, (InvitationQuery query, HttpContext context, InviteService service, InviteAttempts attempts) =>
            attempts.LimitAsync(context, () => Task.FromResult(service.Read(query.Code))));
    }

    private static async Task<Created<InviteCode>> CreateAsync(InviteDefinition definition, InviteService service)
    {
        var made = await service.CreateAsync(definition);
        return TypedResults.Created(AuthorityRoutes.ForInvite(made.Invite.Id), made);
    }

    private static Ok<Page<Invite>> List(int? limit, string? cursor, InviteStore store, TimeProvider clock)
    {
        var most = Paging.Limit(limit);
        return TypedResults.Ok(Paging.Of(store.Page(Paging.After(cursor), most + 1), most, row => row.ToInvite(clock.GetUtcNow()), row => row.Id));
    }

    private static async Task<NoContent> RevokeAsync(string id, InviteService service)
    {
        await service.RevokeAsync(id);
        return TypedResults.NoContent();
    }
}
