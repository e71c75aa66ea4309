namespace TrustedDataSpace.Policy.Bundles;

/// <summary>Largest bundle that is read.</summary>
internal static class BundleLimits
{
    public const int MaxFiles = 500;
    public const int MaxFileBytes = 1024 * 1024;

    /// <summary>Of the unpacked archive, headers included: a small archive can unpack to any size.</summary>
    public const int MaxTotalBytes = 8 * 1024 * 1024;
}
