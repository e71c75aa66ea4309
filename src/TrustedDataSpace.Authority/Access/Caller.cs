using System.Security.Claims;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Access;

/// <summary>Who calls the authority's API: an active member, or the operator.</summary>
/// <param name="Member">The member's DID; null for the operator.</param>
internal sealed record Caller(string? Member)
{
    public bool IsOperator => Member is null;

    /// <summary>Reads who was authenticated. Only the scheme decides who is the operator: no claim of a token can say so.</summary>
    public static Caller From(ClaimsPrincipal user) => user.Identity?.AuthenticationType == ServiceHost.ManagementPolicy
        ? new Caller(Member: null)
        : new Caller(MemberOf(user));

    /// <summary>The DID of the member, where the endpoint admits members only.</summary>
    public static string MemberOf(ClaimsPrincipal user) => user.FindFirstValue("sub")
        ?? throw new RefusalException(RefusalCode.Unauthenticated, "The access token names no participant.") { Term = "sub" };
}
