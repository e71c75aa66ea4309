using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>An account as it is stored. Times are Unix milliseconds.</summary>
internal sealed record AccountRow
{
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public string Roles { get; init; } = "";

    public string? Participant { get; init; }

    /// <summary>Hash of the password, or of the one-time secret while <see cref="OneTimeUntil"/> is set.</summary>
    public string Password { get; init; } = "";

    public long? OneTimeUntil { get; init; }

    public long Failures { get; init; }

    public long? LockedUntil { get; init; }

    public bool Disabled { get; init; }

    public long CreatedAt { get; init; }

    public string[] RoleList => Roles.Split(' ');

    public bool IsLocked(DateTimeOffset now) => LockedUntil > now.ToUnixTimeMilliseconds();

    public AccountView ToView(DateTimeOffset now) => new(
        Id,
        Name,
        RoleList,
        Disabled ? "disabled" : IsLocked(now) ? "locked" : OneTimeUntil is not null ? "new" : "open",
        DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
        Participant);

    /// <summary>Redacted: a record's own text would show the hash.</summary>
    public override string ToString() => $"AccountRow {{ {Id} }}";
}

/// <summary>A registered program as it is stored.</summary>
internal sealed record ClientRow
{
    public string Id { get; init; } = "";

    public string? SecretHash { get; init; }

    public string RedirectUris { get; init; } = "";

    public string Roles { get; init; } = "";

    public string? Participant { get; init; }

    public long CreatedAt { get; init; }

    public string[] RedirectList => RedirectUris.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public string[] RoleList => Roles.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public ClientView ToView() => new(Id, RedirectList, SecretHash is not null, RoleList, DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt), Participant);
}
