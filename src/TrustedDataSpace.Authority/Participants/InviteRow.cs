using System.Text;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>An invite as it is stored.</summary>
internal sealed record InviteRow
{
    public string Id { get; init; } = "";

    public string Hash { get; init; } = "";

    public string Name { get; init; } = "";

    public string? Region { get; init; }

    public string? Roles { get; init; }

    public long PreApproved { get; init; }

    public long CreatedAt { get; init; }

    public long ExpiresAt { get; init; }

    public string? UsedBy { get; init; }

    public long Revoked { get; init; }

    public IReadOnlyList<string>? RoleList => Roles is null ? null : ProtocolJson.Read<IReadOnlyList<string>>(Encoding.UTF8.GetBytes(Roles));

    public string StateAt(DateTimeOffset now) => this switch
    {
        { UsedBy: not null } => InviteStates.Used,
        { Revoked: 1 } => InviteStates.Revoked,
        _ => now.ToUnixTimeMilliseconds() < ExpiresAt ? InviteStates.Open : InviteStates.Expired,
    };

    public Invite ToInvite(DateTimeOffset now) => new()
    {
        Id = Id,
        Name = Name,
        Region = Region,
        Roles = RoleList,
        PreApproved = PreApproved == 1,
        ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt),
        State = StateAt(now),
        UsedBy = UsedBy,
    };
}
