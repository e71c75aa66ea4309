using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>
/// Signs the membership credential that travels in access tokens: the short form of the one in the register of credentials, under the same name.
/// It has no status of its own, because a token is only made, and only accepted, while its holder is a member.
/// </summary>
internal sealed class CredentialIssuer(KeyStore keys, MemberCredentials members, AuthoritySettings settings)
{
    /// <summary>The key that signs them. To be asked for before a unit of work: the first time, it is made and stored.</summary>
    public SigningKey Key => keys.Signing(AuthorityKey.Name);

    /// <summary>The participant is a member from now on, or again.</summary>
    public void Admit(UnitOfWork unit, ParticipantRow row, SigningKey key) => Sign(unit, row, members.Admitted(unit, row), key);

    /// <summary>A member gets a credential in place of one that ends soon.</summary>
    public void Renew(UnitOfWork unit, ParticipantRow row, SigningKey key) => Sign(unit, row, members.Renewed(unit, row), key);

    /// <summary>A member's credential is signed by another key.</summary>
    public void SignAgain(UnitOfWork unit, ParticipantRow row, SigningKey key) => Sign(unit, row, members.Membership(unit, row), key);

    private void Sign(UnitOfWork unit, ParticipantRow row, CredentialRow issued, SigningKey key)
    {
        var credential = new MembershipCredential
        {
            Issuer = Did.Parse(settings.Participant.Id),
            Subject = Did.Parse(row.Id),
            Name = row.Name,
            Space = unit.Space,
            Region = row.Region,
            Roles = row.RoleList,
            ValidFrom = issued.From,
            ValidUntil = issued.Until,
            CredentialId = issued.Id,
        };
        ParticipantStore.SetCredential(unit, row.Id, credential.ToJwt(key), credential.ValidUntil);
    }
}
