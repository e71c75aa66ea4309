using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>Who calls.</summary>
internal static class Peers
{
    /// <summary>The participant behind the request's access token. Its membership was verified when the token was (see <see cref="MembershipCheck"/>).</summary>
    /// <exception cref="RefusalException">Unauthenticated: the endpoint was reached without a token of the space.</exception>
    public static Peer From(HttpContext context) => context.Features.Get<Peer>()
        ?? throw new RefusalException(RefusalCode.Unauthenticated, "No participant of the space stands behind this request.");
}
