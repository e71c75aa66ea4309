using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>The members of the space as holders of credentials: where their DID documents are, and who calls as one.</summary>
internal sealed class Holders(ParticipantStore participants, MemberKeys keys)
{
    /// <summary>Where the DID document of a member is: at the endpoint in the register, because the DIDs of a space need not resolve. A stranger's is not fetched at all.</summary>
    /// <exception cref="RefusalException">Forbidden: no member.</exception>
    public ValueTask<Uri?> LocateAsync(Did did, CancellationToken cancellation) =>
        ValueTask.FromResult<Uri?>(new Uri(Active(did).Endpoint.TrimEnd('/') + did.DocumentUri.AbsolutePath));

    /// <summary>
    /// The member behind a self-issued ID token that was verified with its DID document. The key must also be one that is registered here: whoever takes
    /// over a member's web server can change its document, and gets no credentials by that.
    /// </summary>
    /// <exception cref="RefusalException">Forbidden: no member, or signed by a key that is not registered.</exception>
    public ParticipantRow Require(SelfIssuedIdToken token, string bearer)
    {
        var member = Active(token.Issuer);
        return keys.Accepted(member).Any(key => IsSigned(bearer, key))
            ? member
            : throw new RefusalException(RefusalCode.Forbidden, "The token is signed by a key that is not registered for this member.") { Term = "kid", Remedy = "Register the key first." };
    }

    private ParticipantRow Active(Did did) => participants.Find(did.Value) is { IsActive: true } member
        ? member
        : throw new RefusalException(RefusalCode.Forbidden, $"{did} is no member of this space.") { Term = "iss", Remedy = "Ask the operator of the space for admission." };

    private static bool IsSigned(string bearer, PublicKey key)
    {
        try
        {
            Jws.VerifyWith(bearer, key, TokenTypes.Jwt);
            return true;
        }
        catch (RefusalException refusal) when (refusal.Term == "signature")
        {
            return false;
        }
    }
}
