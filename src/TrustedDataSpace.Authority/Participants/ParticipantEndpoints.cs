using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Participants;

internal static class ParticipantEndpoints
{
    public static IServiceCollection AddParticipants(this IServiceCollection services) => services
        .AddSingleton<ParticipantStore>()
        .AddSingleton<CredentialIssuer>()
        .AddSingleton<MembershipPolicy>()
        .AddSingleton<MembershipSteps>()
        .AddSingleton<ParticipantService>()
        .AddSingleton<MemberKeys>()
        .AddSingleton<Decisions>()
        .AddInvites();

    public static void MapParticipants(this IEndpointRouteBuilder app)
    {
        // Open to strangers: the signature proves who applies, the operator decides.
        app.MapPost(AuthorityRoutes.Applications, ApplyAsync);

        app.MapInvites();

        var operators = app.MapManagement("participants");
        operators.MapGet(AuthorityRoutes.Participants, List);
        operators.MapPost(AuthorityRoutes.Admission, (string id, MembershipStep? step, MembershipSteps steps) => steps.AdmitAsync(id, step?.Reason));
        operators.MapPost(AuthorityRoutes.Suspension, (string id, MembershipStep? step, MembershipSteps steps) => steps.SuspendAsync(id, step?.Reason));

        var both = app.MapMembersAndOperator("participants");
        both.MapGet(AuthorityRoutes.Participant, Find);
        both.MapPost(AuthorityRoutes.Departure, LeaveAsync);
        var members = app.MapMembers();
        members.MapPut(AuthorityRoutes.Endpoint, MoveAsync);
        members.MapPut(AuthorityRoutes.Organisation, ChangeOrganisationAsync);
        members.MapPut(AuthorityRoutes.ParticipantKey, ReplaceKeyAsync);
        members.MapDelete(AuthorityRoutes.FormerKey, RevokeKeyAsync);
    }

    private static async Task<Results<Created<Participant>, Ok<Participant>>> ApplyAsync(
        HttpRequest request, ParticipantService service, InviteAttempts attempts, Decisions decisions, CancellationToken cancellation)
    {
        MediaTypeRefusal.Require(request, SignedApplication.MediaType);
        var application = SignedApplication.Verify(await ReadJwsAsync(request, cancellation));
        var (participant, created) = application.Invite is null
            ? await service.ApplyAsync(application)
            : await attempts.LimitAsync(request.HttpContext, () => service.ApplyAsync(application));
        participant = await decisions.WaitAsync(participant, PreferredWait.Of(request), cancellation);
        return created
            ? TypedResults.Created(AuthorityRoutes.ForParticipant(participant.Id.Value), participant)
            : TypedResults.Ok(participant);
    }

    private static Ok<Page<Participant>> List(string? state, int? limit, string? cursor, ParticipantStore store)
    {
        if (state is not null && !ParticipantStates.All.Contains(state))
        {
            throw new RefusalException(RefusalCode.Malformed, $"'{state}' is no state of a participant.") { Term = "state", Remedy = "use one of " + string.Join(", ", ParticipantStates.All) };
        }

        var most = Paging.Limit(limit);
        return TypedResults.Ok(Paging.Of(store.Page(state, Paging.After(cursor), most + 1), most, row => row.ToParticipant(privately: true), row => row.Id));
    }

    private static Ok<Participant> Find(string id, ClaimsPrincipal user, ParticipantStore store, MemberKeys keys)
    {
        var caller = Caller.From(user);
        var row = store.Find(id);

        // Who has asked to join is the operator's business only.
        return row is null || (!caller.IsOperator && row.IsApplicant)
            ? throw ParticipantService.Unknown(id)
            : TypedResults.Ok(row.ToParticipant(privately: caller.IsOperator || caller.Member == id) with { FormerKeys = keys.FormerOf(id) });
    }

    private static async Task<Ok<Participant>> MoveAsync(string id, EndpointUpdate update, ClaimsPrincipal user, ParticipantService service) =>
        Caller.MemberOf(user) == id
            ? TypedResults.Ok(await service.MoveEndpointAsync(id, update.Endpoint))
            : throw new RefusalException(RefusalCode.Forbidden, "A member moves its own endpoint only.") { Term = "id" };

    private static async Task<Ok<Participant>> LeaveAsync(string id, MembershipStep? step, ClaimsPrincipal user, MembershipSteps steps)
    {
        var caller = Caller.From(user);
        return caller.IsOperator || caller.Member == id
            ? TypedResults.Ok(await steps.LeaveAsync(id, step?.Reason))
            : throw new RefusalException(RefusalCode.Forbidden, "A member leaves for itself only.") { Term = "id" };
    }

    private static async Task<Ok<Participant>> ChangeOrganisationAsync(string id, Organisation organisation, ClaimsPrincipal user, ParticipantService service) =>
        Caller.MemberOf(user) == id
            ? TypedResults.Ok(await service.ChangeOrganisationAsync(id, organisation))
            : throw new RefusalException(RefusalCode.Forbidden, "A member speaks for its own organisation only.") { Term = "id" };

    private static async Task<Ok<Participant>> ReplaceKeyAsync(string id, HttpRequest request, ClaimsPrincipal user, MemberKeys keys, CancellationToken cancellation)
    {
        if (Caller.MemberOf(user) != id)
        {
            throw new RefusalException(RefusalCode.Forbidden, "A member registers its own key only.") { Term = "id" };
        }

        MediaTypeRefusal.Require(request, SignedKeyUpdate.MediaType);
        return TypedResults.Ok(await keys.ReplaceAsync(id, await ReadJwsAsync(request, cancellation)));
    }

    private static async Task<NoContent> RevokeKeyAsync(string id, string kid, ClaimsPrincipal user, ParticipantStore participants, MemberKeys keys)
    {
        if (Caller.MemberOf(user) != id)
        {
            throw participants.Find(id) is null ? ParticipantService.Unknown(id) : new RefusalException(RefusalCode.Forbidden, "A member revokes its own keys only.") { Term = "id" };
        }

        await keys.RevokeAsync(id, kid);
        return TypedResults.NoContent();
    }

    private static async Task<string> ReadJwsAsync(HttpRequest request, CancellationToken cancellation)
    {
        var buffer = new char[Jws.DefaultMaxLength + 1];
        using var reader = new StreamReader(request.Body, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var length = await reader.ReadBlockAsync(buffer, cancellation);
        return length <= Jws.DefaultMaxLength
            ? new string(buffer, 0, length).Trim()
            : throw new RefusalException(RefusalCode.TooLarge, $"An application has {Jws.DefaultMaxLength} characters at most.") { Where = "body" };
    }
}
