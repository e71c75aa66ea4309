using TrustedDataSpace.Connector.Assets;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>A place in a catalog: the nested catalogs come first, in the order of their names, then the datasets in the order of their ids.</summary>
internal sealed record CatalogPosition
{
    public static CatalogPosition Beginning { get; } = new() { IsAmongCatalogs = true };

    public required bool IsAmongCatalogs { get; init; }

    /// <summary>The nested catalog to go on with; null: the first.</summary>
    public string? CatalogName { get; init; }

    /// <summary>The product of that catalog behind which to go on.</summary>
    public string AfterProduct { get; init; } = "";

    public ProductPosition InDatasets { get; init; } = ProductPosition.Beginning;

    public static CatalogPosition In(ProductPosition datasets) => new() { IsAmongCatalogs = false, InDatasets = datasets };

    public static CatalogPosition Within(string catalog, string afterProduct) => new() { IsAmongCatalogs = true, CatalogName = catalog, AfterProduct = afterProduct };
}
