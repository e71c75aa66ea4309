using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>What participants say about themselves: that they want to join, where they are, who stands behind them. Every change leaves evidence in the same unit of work.</summary>
internal sealed class ParticipantService(
    Database database,
    EvidenceTrail evidence,
    InviteService invites,
    MembershipSteps steps,
    MembershipPolicy policy,
    CredentialIssuer credentials)
{
    /// <summary>Takes an application. The same applicant with the same key gets the present record; what it first sent stands.</summary>
    public async Task<(Participant Participant, bool Created)> ApplyAsync(ParticipantApplication application)
    {
        ApplicationRules.Check(application);
        var key = credentials.Key;
        var (row, created) = await database.WriteAsync(unit =>
        {
            var (applicant, isNew) = Apply(unit, application);
            var review = !isNew || policy.Require(MembershipPolicy.Apply, applicant);
            return (application.Invite is { } code && applicant.State is ParticipantStates.Applied or ParticipantStates.Left ? Welcome(unit, applicant, code, key)
                : review ? applicant : Admitted(unit, applicant, key), isNew);
        });
        return (row.ToParticipant(privately: false), created);
    }

    /// <summary>Notes where a member's connector is now.</summary>
    public async Task<Participant> MoveEndpointAsync(string id, Uri endpoint)
    {
        ApplicationRules.CheckEndpoint(endpoint);
        var row = await database.WriteAsync(unit =>
        {
            var found = Existing(unit, id);
            if (found.Endpoint != endpoint.AbsoluteUri)
            {
                ParticipantStore.SetEndpoint(unit, id, endpoint);
                evidence.Append(unit, EvidenceKinds.ParticipantMoved, new { found.Id, Endpoint = endpoint.AbsoluteUri });
            }

            return Existing(unit, id);
        });
        return row.ToParticipant(privately: true);
    }

    /// <summary>Takes a member's new word on who stands behind it.</summary>
    public async Task<Participant> ChangeOrganisationAsync(string id, Organisation organisation)
    {
        ApplicationRules.CheckOrganisation(organisation);
        var row = await database.WriteAsync(unit =>
        {
            if (Existing(unit, id).ReadOrganisation() != organisation)
            {
                var commitment = ParticipantStore.SetOrganisation(unit, id, organisation);
                policy.Require(MembershipPolicy.Change, Existing(unit, id));
                evidence.Append(unit, EvidenceKinds.ParticipantOrganisationChanged, new { Id = id, Organisation = commitment });
                steps.OrganisationChanged(unit, Existing(unit, id));
            }

            return Existing(unit, id);
        });
        return row.ToParticipant(privately: true);
    }

    private (ParticipantRow Row, bool Created) Apply(UnitOfWork unit, ParticipantApplication application)
    {
        var id = application.Id.Value;
        var known = ParticipantStore.Find(unit, id);
        if (known is not null && MemberKeys.IsKeyOf(unit, known, PublicKey.FromJwk(application.Key)))
        {
            return (known, false);
        }

        // Anybody can apply under any name: one whom the operator turned away must not keep its owner out.
        if (known is { WasTurnedAway: false })
        {
            throw OtherKey(id);
        }

        if (id == policy.Authority)
        {
            throw OtherKey(id);
        }

        if (ParticipantStore.CountPending(unit) >= policy.MaxPending)
        {
            throw new RefusalException(RefusalCode.QuotaExhausted, $"{policy.MaxPending} applications wait for the operator: no more are taken now.")
            {
                Remedy = "Apply again when the operator has decided some of them.",
            };
        }

        ParticipantStore.Remove(unit, id);
        ParticipantStore.Insert(unit, application);
        var organisation = application.Organisation is { } said ? ParticipantStore.SetOrganisation(unit, id, said) : null;
        evidence.Append(unit, EvidenceKinds.ParticipantApplied, new { Id = id, application.Key.Kid, application.Roles, application.Region, Organisation = organisation });
        return (ParticipantStore.Find(unit, id)!, true);
    }

    // An applicant may show its invite later than its application; what it wrote into that must fit all the same.
    private ParticipantRow Welcome(UnitOfWork unit, ParticipantRow applicant, string code, SigningKey key)
    {
        if (invites.Redeem(unit, applicant, code))
        {
            steps.Admit(unit, applicant, key);
        }

        return Existing(unit, applicant.Id);
    }

    private ParticipantRow Admitted(UnitOfWork unit, ParticipantRow applicant, SigningKey key)
    {
        steps.Admit(unit, applicant, key);
        return Existing(unit, applicant.Id);
    }

    private static ParticipantRow Existing(UnitOfWork unit, string id) => ParticipantStore.Find(unit, id) ?? throw Unknown(id);

    public static RefusalException Unknown(string id) => new(RefusalCode.NotFound, $"There is no participant {id} here.");

    private static RefusalException OtherKey(string id) => new(RefusalCode.Conflict, $"{id} is registered with another key.")
    {
        Term = "key",
        Remedy = "Apply with the key registered first; a lost key is a matter between you and the operator.",
    };
}
