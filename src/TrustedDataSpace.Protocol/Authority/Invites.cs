namespace TrustedDataSpace.Protocol.Authority;

/// <summary>What the operator promises to whoever shows the code of an invite.</summary>
public sealed record InviteDefinition
{
    /// <summary>Who is invited, as people call it.</summary>
    public required string Name { get; init; }

    /// <summary>The region that the application must name; null: the applicant says. Required for <see cref="PreApproved"/>.</summary>
    public string? Region { get; init; }

    /// <summary>The roles that the application must ask for, no more and no fewer; null: the applicant says. Pre-approved: none.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Whether the invited becomes a member by applying, without another act of the operator.</summary>
    public bool PreApproved { get; init; }

    /// <summary>How long the code can be used. Default 3 days; at most 30.</summary>
    public TimeSpan? Lifetime { get; init; }
}

/// <summary>An invite, without its code: the authority keeps a hash only.</summary>
public sealed record Invite
{
    /// <summary>Id, for listing and revoking.</summary>
    public required string Id { get; init; }

    /// <summary>Who is invited.</summary>
    public required string Name { get; init; }

    /// <summary>The region it is for.</summary>
    public string? Region { get; init; }

    /// <summary>The roles it is for.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Whether it admits by itself.</summary>
    public required bool PreApproved { get; init; }

    /// <summary>When the code ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>One of <see cref="InviteStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>The DID that has applied with it.</summary>
    public string? UsedBy { get; init; }
}

/// <summary>The states of an invite.</summary>
public static class InviteStates
{
    /// <summary>Can be used.</summary>
    public const string Open = "open";

    /// <summary>Somebody has applied with it.</summary>
    public const string Used = "used";

    /// <summary>Its time is over.</summary>
    public const string Expired = "expired";

    /// <summary>The operator has taken it back.</summary>
    public const string Revoked = "revoked";
}

/// <summary>An invite just made: the only time that its code is shown.</summary>
/// <param name="Invite">The invite.</param>
/// <param name="Code">What the invited applies with, once.</param>
public sealed record InviteCode(Invite Invite, string Code)
{
    /// <summary>Redacted: the code is a secret.</summary>
    public override string ToString() => $"InviteCode {{ {Invite.Id} }}";
}

/// <summary>Asks what a code is good for.</summary>
/// <param name="Code">The code of an invite.</param>
public sealed record InvitationQuery(string Code)
{
    /// <summary>Redacted: the code is a secret.</summary>
    public override string ToString() => "InvitationQuery";
}

/// <summary>What whoever has the code needs for joining.</summary>
public sealed record Invitation
{
    /// <summary>The space.</summary>
    public required string Space { get; init; }

    /// <summary>The authority's DID.</summary>
    public required string Authority { get; init; }

    /// <summary>The invite.</summary>
    public required Invite Invite { get; init; }
}
