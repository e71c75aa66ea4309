namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Who may administer the service.</summary>
public sealed record ManagementOptions
{
    /// <summary>
    /// Bearer token of the management interface, at least 32 characters. Without it one is made at the first start and shown once;
    /// only its hash is kept.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>
    /// Issuer URL of an OpenID provider (discovery and JWKS) whose access tokens open the management interface, as far as their scopes
    /// go. Default null: none.
    /// </summary>
    public string? Issuer { get; init; }

    /// <summary>The audience that those tokens must name. Required with <see cref="Issuer"/>.</summary>
    public string? Audience { get; init; }

    /// <summary>
    /// The claim of those tokens that lists roles (operator, auditor, provider, consumer): a token then does what its roles open here, and no
    /// more than its scopes where it names any of this interface. Default null: scopes alone count.
    /// </summary>
    public string? RolesClaim { get; init; }

    /// <summary>How long an answer is kept for a POST that is sent again with the same <c>Idempotency-Key</c>, 1 minute to 30 days. Default 24 hours.</summary>
    public TimeSpan IdempotencyKeyLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Redacted: a record's own text would show the secret in a log.</summary>
    public override string ToString() => nameof(ManagementOptions);

    internal IEnumerable<string> Problems()
    {
        if (RolesClaim is not null && Issuer is null)
        {
            yield return "Management:RolesClaim is set without Management:Issuer";
        }

        if (Issuer is not null && !(Uri.TryCreate(Issuer, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))))
        {
            yield return $"Management:Issuer '{Issuer}' is neither an https:// address nor http:// on loopback";
        }

        if ((Issuer is null) != string.IsNullOrEmpty(Audience))
        {
            yield return "Management:Issuer and Management:Audience are set together, or neither";
        }
    }
}
