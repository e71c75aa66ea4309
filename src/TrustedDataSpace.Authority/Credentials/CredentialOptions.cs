namespace TrustedDataSpace.Authority.Credentials;

/// <summary>The credentials that the authority issues.</summary>
public sealed record CredentialOptions
{
    /// <summary>Folder with the documents of the space's credential types (<c>*.json</c>), in place of the built-in ones. Read at the start. Default: none.</summary>
    public string? Folder { get; init; }

    /// <summary>How long a published status list may be kept at most; it is signed anew after half of it. Default 1 hour.</summary>
    public TimeSpan StatusLifetime { get; init; } = TimeSpan.FromHours(1);

    internal IEnumerable<string> Problems()
    {
        if (Folder is not null && !Directory.Exists(Folder))
        {
            yield return $"Credentials:Folder '{Folder}' does not exist";
        }

        if (StatusLifetime < TimeSpan.FromMinutes(1) || StatusLifetime > TimeSpan.FromDays(1))
        {
            yield return "Credentials:StatusLifetime must lie between 1 minute and 1 day";
        }
    }
}
