namespace TrustedDataSpace.Hosting.Keys;

/// <summary>Where the master key is.</summary>
public sealed record KeyOptions
{
    /// <summary>
    /// File with the master key, outside the data folder, mode 0600; made at the first start. Default: the data folder's name with
    /// <c>.master-key</c> behind it.
    /// </summary>
    public string? MasterKeyFile { get; init; }

    /// <summary>The master key itself (base64, 32 bytes), when a platform secret supplies it; then no file is read.</summary>
    public string? MasterKey { get; init; }

    /// <summary>Redacted: a record's own text would show the secret in a log.</summary>
    public override string ToString() => nameof(KeyOptions);
}
