using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Credentials;

/// <summary>What the operator does with credentials.</summary>
internal sealed class CredentialService(Database database, CredentialRegister register, MemberCredentials members, CredentialTypes types, ILogger<CredentialService> logger)
{
    private const int MaxReason = 400;

    /// <summary>Issues a credential to a member. What follows from the register is not issued twice: the member keeps the one it has.</summary>
    /// <exception cref="RefusalException">NotFound: type or participant; InvalidTransition: it is no member; Malformed: not the claims of the type.</exception>
    public async Task<IssuedCredential> IssueAsync(CredentialOrder order)
    {
        var type = types.Get(order.Type);
        var byOperator = type.Source == CredentialSources.Operator;
        if (byOperator != order.Claims.HasValue)
        {
            throw new RefusalException(RefusalCode.Malformed, byOperator ? $"A {type.Name} needs claims." : $"The register says what stands in a {type.Name}.") { Term = "claims" };
        }

        if (!byOperator && order.ValidUntil is not null)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The register says how long a {type.Name} is valid.") { Term = "validUntil" };
        }

        var row = await database.WriteAsync(unit =>
        {
            var member = Member(unit, order.Holder.Value);
            return byOperator ? register.Issue(unit, type, member.Id, order.Claims!.Value, order.ValidUntil) : members.ForMember(unit, member, type);
        });
        logger.Issued(row.Type, row.Holder);
        return row.ToRecord();
    }

    /// <summary>It ends for good; one that follows from the register is issued again by the operator alone.</summary>
    /// <exception cref="RefusalException">InvalidTransition: a membership, which ends with the member's standing.</exception>
    public Task<IssuedCredential> RevokeAsync(string id, string? reason) => ChangeAsync(id, reason, (unit, row, why) =>
    {
        RequireNoMembership(row);
        register.Revoke(unit, row, why);
        CredentialStore.Bar(unit, row.Id);
    });

    /// <summary>It does not hold until it is resumed.</summary>
    /// <exception cref="RefusalException">InvalidTransition: it is revoked, or a membership.</exception>
    public Task<IssuedCredential> SuspendAsync(string id, string? reason) => ChangeAsync(id, reason, (unit, row, why) =>
    {
        RequireNoMembership(row);
        register.Suspend(unit, row, why);
    });

    public Task<IssuedCredential> ResumeAsync(string id, string? reason) => ChangeAsync(id, reason, (unit, row, why) =>
    {
        // A suspended member's credentials come back with the member.
        Member(unit, row.Holder);
        register.Resume(unit, row, why);
    });

    public static RefusalException Unknown() => new(RefusalCode.NotFound, "There is no such credential here.");

    // Revoked by itself, it would come back when the member asks, and access tokens would go on saying the same.
    private void RequireNoMembership(CredentialRow row)
    {
        if (row.Type == types.Membership.Name)
        {
            throw new RefusalException(RefusalCode.InvalidTransition, "A membership credential stands as its member does.")
            {
                Term = "type",
                Remedy = $"Suspend the participant: POST {AuthorityRoutes.ForSuspension(row.Holder)}.",
            };
        }
    }

    private static ParticipantRow Member(UnitOfWork unit, string id)
    {
        var row = ParticipantStore.Find(unit, id) ?? throw ParticipantService.Unknown(id);
        return row.IsActive
            ? row
            : throw new RefusalException(RefusalCode.InvalidTransition, $"{id} is {row.State}: credentials are for members.") { Term = "holder", Remedy = "Admit it first." };
    }

    private async Task<IssuedCredential> ChangeAsync(string id, string? reason, Action<UnitOfWork, CredentialRow, string?> change)
    {
        if (reason?.Length > MaxReason)
        {
            throw new RefusalException(RefusalCode.Malformed, $"A reason has {MaxReason} characters at most.") { Term = "reason" };
        }

        var row = await database.WriteAsync(unit =>
        {
            change(unit, CredentialStore.Find(unit, id) ?? throw Unknown(), reason);
            return CredentialStore.Find(unit, id)!;
        });
        logger.Stands(row.Id, row.State);
        return row.ToRecord();
    }
}
