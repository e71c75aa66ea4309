namespace TrustedDataSpace.Protocol.Authority;

/// <summary>What people and machines may be. What a role opens is decided by the service that is called.</summary>
public static class AccountRoles
{
    /// <summary>Everything at that service.</summary>
    public const string Operator = "operator";

    /// <summary>Reads everything, changes nothing.</summary>
    public const string Auditor = "auditor";

    /// <summary>Offers data through a participant's connector.</summary>
    public const string Provider = "provider";

    /// <summary>Uses data through a participant's connector.</summary>
    public const string Consumer = "consumer";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Operator, Auditor, Provider, Consumer];
}

/// <summary>An account to be made.</summary>
public sealed record AccountDefinition
{
    /// <summary>What the person types: 1 to 64 of a-z, 0-9, '.', '_', '@' and '-', beginning with a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>At least one of <see cref="AccountRoles"/>; for the space itself operator or auditor only.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>DID of the member whose connector the person manages; null: the space itself.</summary>
    public string? Participant { get; init; }
}

/// <summary>An account.</summary>
/// <param name="Id">Stands in tokens and evidence, in place of the name.</param>
/// <param name="Name">What the person types.</param>
/// <param name="Roles">What the person may be.</param>
/// <param name="Participant">DID of the member whose connector the person manages; null: the space itself.</param>
/// <param name="State">One of <c>new</c> (has not chosen a password), <c>open</c>, <c>locked</c>, <c>disabled</c>.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record AccountView(string Id, string Name, IReadOnlyList<string> Roles, string State, DateTimeOffset CreatedAt, string? Participant = null);

/// <summary>The one-time secret of an account, shown this once: the person signs in with it and chooses a password.</summary>
/// <param name="Account">The account.</param>
/// <param name="Secret">What is typed in place of a password.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record AccountSecret(AccountView Account, string Secret, DateTimeOffset ExpiresAt)
{
    /// <summary>Redacted: a record's own text would show the secret in a log.</summary>
    public override string ToString() => $"AccountSecret {{ {Account.Id} }}";
}

/// <summary>A program to be registered: one that people sign in with, a machine that signs in by itself, or both.</summary>
public sealed record ClientDefinition
{
    /// <summary>Its client id: 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit.</summary>
    public required string Id { get; init; }

    /// <summary>Where people are sent back to: https, or http on 127.0.0.1 or [::1] (any port then). At most 10.</summary>
    public IReadOnlyList<string> RedirectUris { get; init; } = [];

    /// <summary>Whether it keeps a secret. Without one it is public: people sign in with it, it does not by itself.</summary>
    public bool Confidential { get; init; }

    /// <summary>What it may be when it signs in by itself; none: it does not.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>DID of the member whose connector it manages when it signs in by itself; null: the space itself.</summary>
    public string? Participant { get; init; }
}

/// <summary>A registered program.</summary>
/// <param name="Id">Its client id.</param>
/// <param name="RedirectUris">Where people are sent back to.</param>
/// <param name="Confidential">Whether it has a secret.</param>
/// <param name="Roles">What it may be when it signs in by itself.</param>
/// <param name="Participant">Whose connector it manages then; null: the space itself.</param>
/// <param name="CreatedAt">When it was registered.</param>
public sealed record ClientView(string Id, IReadOnlyList<string> RedirectUris, bool Confidential, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt, string? Participant = null);

/// <summary>A client that was registered just now. A secret is shown this once; only its hash is kept.</summary>
/// <param name="Client">The client.</param>
/// <param name="Secret">What it authenticates with; null for a public one.</param>
public sealed record ClientSecret(ClientView Client, string? Secret = null)
{
    /// <summary>Redacted: a record's own text would show the secret in a log.</summary>
    public override string ToString() => $"ClientSecret {{ {Client.Id} }}";
}
