using TrustedDataSpace.Connector.Policies;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>Another participant, as far as the authority vouches for it.</summary>
/// <param name="Id">DID.</param>
/// <param name="Membership"><c>active</c>: nobody else gets an access token of the space.</param>
/// <param name="Region">Code of its region.</param>
/// <param name="Roles">Its roles in the space.</param>
internal sealed record Peer(string Id, string Membership, string? Region, IReadOnlyList<string> Roles)
{
    /// <summary>What its credentials say beside its membership; null where none were shown.</summary>
    public SubjectClaims? Claims { get; init; }
}
