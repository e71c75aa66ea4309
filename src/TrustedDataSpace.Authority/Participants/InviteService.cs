using System.Text;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>Invites: a one-time code of 256 bits, kept as a hash, that ties an application to what the operator has promised.</summary>
internal sealed class InviteService(Database database, InviteStore store, EvidenceTrail evidence, Ids ids, AuthoritySettings settings, TimeProvider clock)
{
    /// <summary>The term that refusals about invites name.</summary>
    public const string Term = "invite";

    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(3);

    /// <summary>Makes an invite.</summary>
    public Task<InviteCode> CreateAsync(InviteDefinition definition)
    {
        InviteRules.Check(definition);
        var code = SecretHashes.Create("tds_invite_");
        return database.WriteAsync(unit =>
        {
            if (InviteStore.CountOpen(unit) >= settings.Membership.MaxPending)
            {
                throw new RefusalException(RefusalCode.QuotaExhausted, $"{settings.Membership.MaxPending} invites are open: no more are made now.")
                {
                    Term = Term,
                    Remedy = "Revoke some that nobody will use.",
                };
            }

            var row = new InviteRow
            {
                Id = ids.Next(),
                Hash = SecretHashes.Hash(code),
                Name = definition.Name.Trim(),
                Region = definition.Region,
                Roles = Promised(definition) is { } roles ? Encoding.UTF8.GetString(ProtocolJson.Write(roles)) : null,
                PreApproved = definition.PreApproved ? 1 : 0,
                CreatedAt = unit.Now.ToUnixTimeMilliseconds(),
                ExpiresAt = (unit.Now + (definition.Lifetime ?? DefaultLifetime)).ToUnixTimeMilliseconds(),
            };
            InviteStore.Insert(unit, row);
            evidence.Append(unit, EvidenceKinds.InviteCreated, new { row.Id, row.Region, Roles = row.RoleList, definition.PreApproved });
            return new InviteCode(row.ToInvite(unit.Now), code);
        });
    }

    /// <summary>Takes an invite back. One that was used stays used: suspend the participant instead.</summary>
    public Task RevokeAsync(string id) => database.WriteAsync(unit =>
    {
        var row = InviteStore.Find(unit, id) ?? throw new RefusalException(RefusalCode.NotFound, $"There is no invite {id}.") { Term = Term };
        if (row.UsedBy is not null)
        {
            throw new RefusalException(RefusalCode.InvalidTransition, $"{row.UsedBy} has applied with this invite.")
            {
                Term = Term,
                Remedy = "Suspend that participant, if it shall not take part.",
            };
        }

        if (row.Revoked == 0)
        {
            InviteStore.SetRevoked(unit, id);
            evidence.Append(unit, EvidenceKinds.InviteRevoked, new { row.Id });
        }
    });

    /// <summary>What the code is good for.</summary>
    /// <exception cref="RefusalException">Forbidden: nothing.</exception>
    public Invitation Read(string code)
    {
        var now = clock.GetUtcNow();
        var row = Usable(store.FindByHash(SecretHashes.Hash(code)), now);
        return new Invitation { Space = settings.Space.Id, Authority = settings.Participant.Id, Invite = row.ToInvite(now) };
    }

    /// <summary>Binds the invite to an applicant. Again by the same one changes nothing.</summary>
    /// <returns>Whether the operator has approved in advance.</returns>
    /// <exception cref="RefusalException">Forbidden: the code is not good, or not for such an application.</exception>
    public bool Redeem(UnitOfWork unit, ParticipantRow applicant, string code)
    {
        var row = InviteStore.FindByHash(unit, SecretHashes.Hash(code));
        if (row is null || row.UsedBy != applicant.Id)
        {
            row = Usable(row, unit.Now);
            InviteRules.CheckFits(row, applicant);
            InviteStore.SetUsed(unit, row.Id, applicant.Id);
            evidence.Append(unit, EvidenceKinds.InviteUsed, new { row.Id, Participant = applicant.Id });
            return row.PreApproved == 1;
        }

        // Whoever was turned away after it had applied does not come back by the same code.
        return false;
    }

    private static IReadOnlyList<string>? Promised(InviteDefinition definition) =>
        definition is { PreApproved: true, Roles: null } ? [] : definition.Roles;

    private static InviteRow Usable(InviteRow? row, DateTimeOffset now)
    {
        var why = row?.StateAt(now) switch
        {
            InviteStates.Open => null,
            InviteStates.Used => "This invite was used by another participant.",
            InviteStates.Revoked => "The operator has taken this invite back.",
            InviteStates.Expired => "This invite has expired.",
            _ => "There is no invite with this code.",
        };
        return why is null
            ? row!
            : throw new RefusalException(RefusalCode.Forbidden, why) { Term = Term, Remedy = "Ask the operator of the space for a new invite." };
    }
}
