using System.Text.Json;
using TrustedDataSpace.Authority.Issuance;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Credentials;

/// <summary>The credentials that follow from the register of participants: they are issued, suspended and revoked with the steps of membership, in the same unit of work.</summary>
internal sealed class MemberCredentials(CredentialRegister register, CredentialTypes types, DeliveryQueue deliveries)
{
    /// <summary>The participant is a member: its membership credential holds again, or there is a new one.</summary>
    public CredentialRow Admitted(UnitOfWork unit, ParticipantRow member)
    {
        if (CredentialStore.Alive(unit, member.Id, types.Membership.Name) is not { } held || held.Claims != CredentialRow.Write(MembershipOf(unit, member)))
        {
            return Renewed(unit, member);
        }

        register.Resume(unit, held, "admission");
        return CredentialStore.Find(unit, held.Id)!;
    }

    /// <summary>The member gets a new membership credential; the one before runs out by itself. A holder that has asked for credentials before is told that it can ask again.</summary>
    public CredentialRow Renewed(UnitOfWork unit, ParticipantRow member)
    {
        deliveries.OfferAgain(unit, member.Id, types.Membership.Name);
        return register.Issue(unit, types.Membership, member.Id, MembershipOf(unit, member));
    }

    /// <summary>The member's present membership credential, or a new one.</summary>
    public CredentialRow Membership(UnitOfWork unit, ParticipantRow member) => CredentialStore.Alive(unit, member.Id, types.Membership.Name) ?? Renewed(unit, member);

    /// <summary>The participant is suspended (or turned away): what says that it is a member does not hold now.</summary>
    public void Suspended(UnitOfWork unit, ParticipantRow member, string? reason) =>
        CredentialStore.AllAlive(unit, member.Id, types.Membership.Name).ForEach(held => register.Suspend(unit, held, reason));

    /// <summary>The participant has left: all that was said of it is over.</summary>
    public void Left(UnitOfWork unit, ParticipantRow member, string? reason) =>
        CredentialStore.AllAlive(unit, member.Id, type: null).ForEach(held => register.Revoke(unit, held, reason));

    /// <summary>Another organisation stands behind the member, or the same one with other data: what was said of the one before is over.</summary>
    public void OrganisationChanged(UnitOfWork unit, ParticipantRow member)
    {
        if (types.Organisation is { } type)
        {
            CredentialStore.AllAlive(unit, member.Id, type.Name).ForEach(held => register.Revoke(unit, held, "organisation changed"));
        }
    }

    /// <summary>The credential of a type that follows from the register: the one that the member has, or a new one.</summary>
    /// <exception cref="RefusalException">Conflict: the member has not said who stands behind it.</exception>
    public CredentialRow ForMember(UnitOfWork unit, ParticipantRow member, CredentialType type) => type.Source == CredentialSources.Membership
        ? Membership(unit, member)
        : CredentialStore.Alive(unit, member.Id, type.Name) ?? register.Issue(unit, type, member.Id, OrganisationOf(member));

    /// <summary>What the member gets of a type when it asks itself, newest first: what the operator has revoked does not come back by that.</summary>
    /// <returns>Empty: only the operator issues this type, and has not.</returns>
    /// <exception cref="RefusalException">Conflict: the operator has revoked it, or the member has not said who stands behind it.</exception>
    public IReadOnlyList<CredentialRow> Asked(UnitOfWork unit, ParticipantRow member, CredentialType type)
    {
        if (type.Source == CredentialSources.Operator)
        {
            return [.. CredentialStore.AllAlive(unit, member.Id, type.Name).AsEnumerable().Reverse()];
        }

        if (CredentialStore.Alive(unit, member.Id, type.Name) is null && CredentialStore.IsBarred(unit, member.Id, type.Name))
        {
            throw new RefusalException(RefusalCode.Conflict, "The operator has revoked it.") { Term = "type", Remedy = "Ask the operator of the space to issue it again." };
        }

        return [ForMember(unit, member, type)];
    }

    private static JsonElement MembershipOf(UnitOfWork unit, ParticipantRow member) =>
        ProtocolJson.ToElement(new { member.Name, unit.Space, member.Region, Roles = member.RoleList });

    private static JsonElement OrganisationOf(ParticipantRow member) => member.ReadOrganisation() is { } organisation
        ? ProtocolJson.ToElement(new { organisation.LegalName, organisation.CreditCode, organisation.ConnectorCode })
        : throw new RefusalException(RefusalCode.Conflict, "The member has not said who stands behind it.") { Term = "organisation", Remedy = $"PUT {AuthorityRoutes.Organisation} first." };
}
