namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Who may administer the service.</summary>
public sealed record ManagementOptions
{
    /// <summary>
    /// Bearer token of the management interface, at least 32 characters. Without it one is made at the first start and shown once;
    /// only its hash is kept.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>Redacted: a record's own text would show the secret in a log.</summary>
    public override string ToString() => nameof(ManagementOptions);
}
