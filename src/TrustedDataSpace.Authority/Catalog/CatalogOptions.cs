namespace TrustedDataSpace.Authority.Catalog;

/// <summary>The catalog of products.</summary>
public sealed record CatalogOptions
{
    /// <summary>Most products that one provider may register. Default 10,000.</summary>
    public int MaxProductsPerProvider { get; init; } = 10_000;

    internal IEnumerable<string> Problems()
    {
        if (MaxProductsPerProvider < 1)
        {
            yield return "Catalog:MaxProductsPerProvider must be at least 1";
        }
    }
}
