using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>Issues membership credentials.</summary>
internal sealed class CredentialIssuer(EvidenceTrail evidence, KeyStore keys, Ids ids, AuthoritySettings settings)
{
    /// <summary>The key that signs them. To be asked for before a unit of work: the first time, it is made and stored.</summary>
    public SigningKey Key => keys.Signing(AuthorityKey.Name);

    /// <summary>Issues a credential to a member, in place of an earlier one.</summary>
    public void Issue(UnitOfWork unit, ParticipantRow row, SigningKey key)
    {
        var from = DateTimeOffset.FromUnixTimeSeconds(unit.Now.ToUnixTimeSeconds());
        var credential = new MembershipCredential
        {
            Issuer = Did.Parse(settings.Participant.Id),
            Subject = Did.Parse(row.Id),
            Name = row.Name,
            Space = unit.Space,
            Region = row.Region,
            Roles = row.RoleList,
            ValidFrom = from,
            ValidUntil = from + settings.Membership.CredentialLifetime,
            CredentialId = "urn:tds:credential:" + ids.Next(),
        };
        ParticipantStore.SetCredential(unit, row.Id, credential.ToJwt(key), credential.ValidUntil);
        evidence.Append(unit, EvidenceKinds.CredentialIssued, new { row.Id, credential.CredentialId, credential.ValidUntil });
    }
}
