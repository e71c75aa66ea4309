using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Whom credentials make a peer. The product asks for the membership of its space (<see cref="MembershipAdmission"/>); a host that speaks to somebody
/// without an authority, such as a conformance kit, brings its own.
/// </summary>
internal interface IPeerAdmission
{
    /// <summary>The types that a caller must show. Others may be asked for beside them.</summary>
    IReadOnlyList<string> Required { get; }

    /// <summary>Whether the issuer is believed for anything.</summary>
    bool Knows(Did issuer);

    /// <summary>Whether somebody who is no member is heard at all. Of others no DID document is fetched, and no token is remembered: strangers cost next to nothing.</summary>
    bool Hears(Did stranger);

    /// <summary>Whether the issuer of the credential is believed for all that it is.</summary>
    bool Trusts(VerifiableCredential credential);

    /// <summary>What the credentials say of their holder beside what makes it a peer; null: nothing.</summary>
    SubjectClaims? ClaimsOf(IReadOnlyList<VerifiableCredential> credentials);

    /// <summary>The peer that the credentials make of their holder.</summary>
    /// <exception cref="RefusalException">Unauthenticated: they make it none.</exception>
    Peer Admit(Did holder, IReadOnlyList<VerifiableCredential> credentials);
}
