namespace TrustedDataSpace.Authority.Bundles;

/// <summary>The policies of the space.</summary>
public sealed record PolicyOptions
{
    /// <summary>Folder with the space's own policy bundle (with its <c>.manifest</c>), watched: a change that connectors can use is published at once. Default: none, the built-in policies.</summary>
    public string? Folder { get; init; }

    internal IEnumerable<string> Problems()
    {
        if (Folder is not null && !Directory.Exists(Folder))
        {
            yield return $"Policies:Folder '{Folder}' does not exist";
        }
    }
}
