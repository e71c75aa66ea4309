namespace TrustedDataSpace.Hosting.Keys;

/// <summary>Where the master key is, and how signing keys are replaced.</summary>
public sealed record KeyOptions
{
    /// <summary>
    /// File with the master key, outside the data folder, mode 0600; made at the first start. Default: the data folder's name with
    /// <c>.master-key</c> behind it.
    /// </summary>
    public string? MasterKeyFile { get; init; }

    /// <summary>The master key itself (base64, 32 bytes), when a platform secret supplies it; then no file is read.</summary>
    public string? MasterKey { get; init; }

    /// <summary>
    /// How long a new signing key is published before it signs: longer than others keep an older set of keys. Default 15 minutes, at
    /// most 1 hour.
    /// </summary>
    public TimeSpan PublishAhead { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long what a replaced key has signed is accepted. Default 24 hours, at least 2 hours.</summary>
    public TimeSpan Overlap { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Redacted: a record's own text would show the secret in a log.</summary>
    public override string ToString() => nameof(KeyOptions);

    internal IEnumerable<string> Problems()
    {
        if (PublishAhead < TimeSpan.Zero || PublishAhead > TimeSpan.FromHours(1))
        {
            yield return "Keys:PublishAhead must lie between 0 and 1 hour";
        }

        // More than the longest life of any token, and than another service's PublishAhead: in that time its old key still signs.
        if (Overlap < TimeSpan.FromHours(2))
        {
            yield return "Keys:Overlap must be at least 2 hours";
        }
    }
}
