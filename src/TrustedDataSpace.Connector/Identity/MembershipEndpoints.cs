using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>What this participant tells the authority about its own membership.</summary>
internal static class MembershipEndpoints
{
    public static void MapMembership(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("membership");
        group.MapPost(ManagementRoutes.MembershipDeparture, LeaveAsync);
        group.MapPut(ManagementRoutes.MembershipOrganisation, ChangeOrganisationAsync);
    }

    // Known here at once: nobody waits for the next question to the authority.
    private static async Task<Ok<Participant>> LeaveAsync(MembershipStep? step, AuthorityClient authority, MembershipState membership, CancellationToken cancellation)
    {
        var left = await authority.LeaveAsync(step ?? new MembershipStep(null), cancellation);
        await membership.RecordAsync(left.State);
        return TypedResults.Ok(left);
    }

    private static async Task<Ok<Participant>> ChangeOrganisationAsync(Organisation organisation, AuthorityClient authority, CancellationToken cancellation) =>
        TypedResults.Ok(await authority.ChangeOrganisationAsync(organisation, cancellation));
}
