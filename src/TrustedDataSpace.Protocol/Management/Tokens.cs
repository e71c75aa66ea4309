namespace TrustedDataSpace.Protocol.Management;

/// <summary>Routes of the credentials of a management interface: at a connector and at the authority.</summary>
public static class TokenRoutes
{
    /// <summary>POST <see cref="TokenDefinition"/>: 201 with <see cref="TokenSecret"/>; GET a page of <see cref="TokenView"/>.</summary>
    public const string Tokens = ManagementRoutes.Base + "/tokens";

    /// <summary>DELETE: the token opens nothing any more.</summary>
    public const string Token = Tokens + "/{id}";

    /// <summary>GET <see cref="ScopeList"/>: every scope there is at this service.</summary>
    public const string Scopes = ManagementRoutes.Base + "/scopes";
}

/// <summary>A token to be made.</summary>
public sealed record TokenDefinition
{
    /// <summary>Its name: 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>What it may do, such as <c>products:write</c>. None that its maker lacks.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>When it ends; null: when it is deleted. A token whose maker ends does not outlive its maker.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A token of the management interface.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends; null: when it is deleted.</param>
public sealed record TokenView(string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt = null);

/// <summary>A token that was made just now. The secret is shown this once; only its hash is kept.</summary>
/// <param name="Token">The token.</param>
/// <param name="Secret">What is sent as bearer.</param>
public sealed record TokenSecret(TokenView Token, string Secret)
{
    /// <summary>Redacted: a record's own text would show the secret in a log.</summary>
    public override string ToString() => $"TokenSecret {{ {Token.Name} }}";
}

/// <summary>The scopes of a management interface.</summary>
/// <param name="Scopes">In alphabetical order.</param>
public sealed record ScopeList(IReadOnlyList<string> Scopes);
