using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>How one becomes a member and ceases to be one. Every step leaves evidence in the same unit of work.</summary>
internal sealed class ParticipantService(
    Database database,
    EvidenceTrail evidence,
    InviteService invites,
    CredentialIssuer credentials,
    AuthoritySettings settings,
    ILogger<ParticipantService> logger)
{
    /// <summary>From this time before its end on, a credential is renewed by a new admission.</summary>
    private static readonly TimeSpan RenewalPeriod = TimeSpan.FromDays(30);

    private static readonly Dictionary<string, string[]> Transitions = new()
    {
        [ParticipantStates.Applied] = [ParticipantStates.Active, ParticipantStates.Suspended],
        [ParticipantStates.Active] = [ParticipantStates.Suspended],
        [ParticipantStates.Suspended] = [ParticipantStates.Active],
    };

    /// <summary>Takes an application. The same applicant with the same key gets the present record; what it first sent stands.</summary>
    public async Task<(Participant Participant, bool Created)> ApplyAsync(ParticipantApplication application)
    {
        ApplicationRules.Check(application);
        var key = credentials.Key;
        var (row, created) = await database.WriteAsync(unit =>
        {
            var (applicant, isNew) = Apply(unit, application);
            return (application.Invite is { } code && applicant.State == ParticipantStates.Applied ? Welcome(unit, applicant, code, key) : applicant, isNew);
        });
        return (row.ToParticipant(withCredential: false), created);
    }

    /// <summary>Admits an applicant or a suspended member; for an active one, renews a credential that ends soon.</summary>
    public async Task<Participant> AdmitAsync(string id)
    {
        var key = credentials.Key;
        var row = await database.WriteAsync(unit =>
        {
            var found = Existing(unit, id);
            if (!found.IsActive)
            {
                Admit(unit, found, key);
            }
            else if (found.CredentialEnds <= (unit.Now + RenewalPeriod).ToUnixTimeMilliseconds())
            {
                credentials.Issue(unit, found, key);
            }

            return Existing(unit, id);
        });
        logger.Admitted(id);
        return row.ToParticipant(withCredential: true);
    }

    /// <summary>Suspends a member (or turns an applicant away): its tokens end and its credential is handed out no longer.</summary>
    public async Task<Participant> SuspendAsync(string id)
    {
        var row = await database.WriteAsync(unit =>
        {
            var found = Existing(unit, id);
            if (found.State != ParticipantStates.Suspended)
            {
                Move(unit, found, ParticipantStates.Suspended);
                ParticipantStore.RemoveCredential(unit, id);
                evidence.Append(unit, EvidenceKinds.ParticipantSuspended, new { found.Id, Before = found.State });
            }

            return Existing(unit, id);
        });
        logger.Suspended(id);
        return row.ToParticipant(withCredential: false);
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
        return row.ToParticipant(withCredential: true);
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

        if (id == settings.Participant.Id)
        {
            throw OtherKey(id);
        }

        if (ParticipantStore.CountPending(unit) >= settings.Membership.MaxPending)
        {
            throw new RefusalException(RefusalCode.QuotaExhausted, $"{settings.Membership.MaxPending} applications wait for the operator: no more are taken now.")
            {
                Remedy = "Apply again when the operator has decided some of them.",
            };
        }

        ParticipantStore.Remove(unit, id);
        ParticipantStore.Insert(unit, application);
        evidence.Append(unit, EvidenceKinds.ParticipantApplied, new { Id = id, application.Key.Kid, application.Roles, application.Region });
        return (ParticipantStore.Find(unit, id)!, true);
    }

    // An applicant may show its invite later than its application; what it wrote into that must fit all the same.
    private ParticipantRow Welcome(UnitOfWork unit, ParticipantRow applicant, string code, SigningKey key)
    {
        if (invites.Redeem(unit, applicant, code))
        {
            Admit(unit, applicant, key);
        }

        return Existing(unit, applicant.Id);
    }

    private void Admit(UnitOfWork unit, ParticipantRow row, SigningKey key)
    {
        Move(unit, row, ParticipantStates.Active);
        evidence.Append(unit, EvidenceKinds.ParticipantAdmitted, new { row.Id, row.Key.Kid });
        credentials.Issue(unit, row, key);
    }

    private static void Move(UnitOfWork unit, ParticipantRow row, string state)
    {
        if (!Transitions.TryGetValue(row.State, out var next) || !next.Contains(state))
        {
            throw new RefusalException(RefusalCode.InvalidTransition, $"{row.Id} is {row.State} and cannot become {state}.") { Term = "state" };
        }

        ParticipantStore.SetState(unit, row.Id, state);
    }

    private static ParticipantRow Existing(UnitOfWork unit, string id) => ParticipantStore.Find(unit, id) ?? throw Unknown(id);

    public static RefusalException Unknown(string id) => new(RefusalCode.NotFound, $"There is no participant {id} here.");

    private static RefusalException OtherKey(string id) => new(RefusalCode.Conflict, $"{id} is registered with another key.")
    {
        Term = "key",
        Remedy = "Apply with the key registered first; a lost key is a matter between you and the operator.",
    };
}
