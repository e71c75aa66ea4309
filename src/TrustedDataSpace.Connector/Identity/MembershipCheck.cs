using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>
/// The second half of authentication: an access token proves who calls, the membership credential inside it proves that the authority
/// of this space vouches for the caller. So the tokens may come from any issuer that is configured; membership comes from the authority alone.
/// </summary>
internal sealed class MembershipCheck(AuthorityKeys keys, AuthorityDirectory directory, PeerClaims claims, ConnectorSettings settings, TimeProvider clock)
{
    private const string Claim = "membership";

    // Members that call within a moment; more are verified each time.
    private const int MostKept = 10_000;

    // What was verified with these very keys: fetched anew, they may lack the one that signed it.
    private Verified verified = new([]);

    /// <summary>Refuses a token without a valid membership; else the peer belongs to the request from here on.</summary>
    public async Task VerifyAsync(TokenValidatedContext context)
    {
        try
        {
            var peer = await VerifyAsync(context.Principal!, context.HttpContext.RequestAborted);
            context.HttpContext.Features.Set(peer);
        }
        catch (RefusalException refusal) when (refusal.Code != RefusalCode.Unavailable)
        {
            context.Fail(refusal);
        }
    }

    private async Task<Peer> VerifyAsync(ClaimsPrincipal principal, CancellationToken cancellation)
    {
        if (!Did.TryParse(Required(principal, "sub"), out var subject))
        {
            throw new RefusalException(RefusalCode.Unauthenticated, "The subject of the access token is no did:web identifier.") { Term = "sub" };
        }

        if (!await directory.StandsAsync(subject.Value, cancellation))
        {
            // Its token was made before.
            throw new RefusalException(RefusalCode.Unauthenticated, "The holder of the token is no active member of the space any more.") { Term = Claim };
        }

        var credential = Required(principal, Claim);
        var member = await keys.VerifyAsync(known => Verify(credential, subject, known), cancellation);
        return member.Space == settings.Space.Id
            ? new Peer(subject.Value, ParticipantStates.Active, member.Region, member.Roles) { Claims = await claims.OfAsync(subject.Value, cancellation) }
            : throw new RefusalException(RefusalCode.Unauthenticated, "The membership is one of another space.") { Term = Claim };
    }

    /// <summary>A caller shows the same credential with each message: its signature is verified once for as long as the authority's keys stay the same.</summary>
    private MembershipCredential Verify(string credential, Did subject, IReadOnlyCollection<PublicKey> known)
    {
        var present = Volatile.Read(ref verified);
        if (!ReferenceEquals(present.Keys, known))
        {
            Volatile.Write(ref verified, present = new Verified(known));
        }

        var now = clock.GetUtcNow();
        if (present.Members.TryGetValue(credential, out var member) && member.Subject == subject && member.ValidFrom <= now && now < member.ValidUntil)
        {
            return member;
        }

        member = MembershipCredential.Verify(credential, Did.Parse(settings.Authority.Id), subject, known, now);
        if (present.Members.Count < MostKept)
        {
            present.Members[credential] = member;
        }

        return member;
    }

    private static string Required(ClaimsPrincipal principal, string claim) => principal.FindFirst(claim)?.Value
        ?? throw new RefusalException(RefusalCode.Unauthenticated, $"The access token has no claim '{claim}'.") { Term = claim };

    private sealed record Verified(IReadOnlyCollection<PublicKey> Keys)
    {
        public ConcurrentDictionary<string, MembershipCredential> Members { get; } = new(StringComparer.Ordinal);
    }
}
