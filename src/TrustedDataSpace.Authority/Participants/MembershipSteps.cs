using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>From applicant to member, to suspension, to leaving, and back. Each step is one that the policies allow, and leaves evidence in the same unit of work.</summary>
internal sealed class MembershipSteps(
    Database database,
    EvidenceTrail evidence,
    CredentialIssuer credentials,
    MemberCredentials members,
    MembershipPolicy policy,
    ILogger<MembershipSteps> logger)
{
    private const int MaxReason = 400;

    /// <summary>From this time before its end on, a credential is renewed by a new admission.</summary>
    private static readonly TimeSpan RenewalPeriod = TimeSpan.FromDays(30);

    private static readonly Dictionary<string, string[]> Transitions = new()
    {
        [ParticipantStates.Applied] = [ParticipantStates.Active, ParticipantStates.Suspended, ParticipantStates.Left],
        [ParticipantStates.Active] = [ParticipantStates.Suspended, ParticipantStates.Left],
        [ParticipantStates.Suspended] = [ParticipantStates.Active, ParticipantStates.Left],

        // Its connector may ask for ever: back in comes who is taken back, or shows a new invite.
        [ParticipantStates.Left] = [ParticipantStates.Active],
    };

    /// <summary>Admits an applicant, a suspended member or one that has left; for an active one, renews a credential that ends soon.</summary>
    public async Task<Participant> AdmitAsync(string id, string? reason)
    {
        Check(reason);
        var key = credentials.Key;
        var row = await database.WriteAsync(unit =>
        {
            var found = Existing(unit, id);
            if (!found.IsActive)
            {
                Admit(unit, found, key, reason);
            }
            else if (found.CredentialEnds <= (unit.Now + RenewalPeriod).ToUnixTimeMilliseconds())
            {
                policy.Require(MembershipPolicy.Admit, found);
                credentials.Renew(unit, found, key);
            }

            return Existing(unit, id);
        });
        logger.Admitted(id);
        return row.ToParticipant(privately: true);
    }

    /// <summary>Suspends a member (or turns an applicant away): its tokens end and its credential is handed out no longer.</summary>
    public async Task<Participant> SuspendAsync(string id, string? reason)
    {
        var row = await EndAsync(id, ParticipantStates.Suspended, MembershipPolicy.Suspend, EvidenceKinds.ParticipantSuspended, reason, members.Suspended);
        logger.Suspended(id);
        return row.ToParticipant(privately: true);
    }

    /// <summary>A member leaves the space; what it is called elsewhere is not ours to take. Its name and key stay with it here.</summary>
    public async Task<Participant> LeaveAsync(string id, string? reason)
    {
        var row = await EndAsync(id, ParticipantStates.Left, MembershipPolicy.Leave, EvidenceKinds.ParticipantLeft, reason, members.Left);
        logger.Left(id);
        return row.ToParticipant(privately: true);
    }

    /// <summary>In a unit of work that has approved it: the participant is a member.</summary>
    /// <exception cref="RefusalException">PolicyRefused: the policies do not allow it.</exception>
    public void Admit(UnitOfWork unit, ParticipantRow row, SigningKey key, string? reason = null)
    {
        policy.Require(MembershipPolicy.Admit, row);
        Move(unit, row, ParticipantStates.Active);
        evidence.Append(unit, EvidenceKinds.ParticipantAdmitted, new { row.Id, row.Key.Kid, Before = row.State, Reason = reason });
        credentials.Admit(unit, row, key);
    }

    /// <summary>In the unit of work of the change: what was said of the organisation before is over.</summary>
    public void OrganisationChanged(UnitOfWork unit, ParticipantRow row) => members.OrganisationChanged(unit, row);

    private Task<ParticipantRow> EndAsync(string id, string state, string step, string kind, string? reason, Action<UnitOfWork, ParticipantRow, string?> credentialsOf)
    {
        Check(reason);
        return database.WriteAsync(unit =>
        {
            var found = Existing(unit, id);
            if (found.State != state)
            {
                policy.Require(step, found);
                Move(unit, found, state);
                ParticipantStore.RemoveCredential(unit, id);
                evidence.Append(unit, kind, new { found.Id, Before = found.State, Reason = reason });
                credentialsOf(unit, found, reason);
            }

            return Existing(unit, id);
        });
    }

    private static void Move(UnitOfWork unit, ParticipantRow row, string state)
    {
        if (!Transitions.TryGetValue(row.State, out var next) || !next.Contains(state))
        {
            throw new RefusalException(RefusalCode.InvalidTransition, $"{row.Id} is {row.State} and cannot become {state}.") { Term = "state" };
        }

        ParticipantStore.SetState(unit, row.Id, state);
    }

    private static ParticipantRow Existing(UnitOfWork unit, string id) => ParticipantStore.Find(unit, id) ?? throw ParticipantService.Unknown(id);

    private static void Check(string? reason)
    {
        if (reason?.Length > MaxReason)
        {
            throw new RefusalException(RefusalCode.Malformed, $"A reason has {MaxReason} characters at most.") { Term = "reason" };
        }
    }
}
