namespace TrustedDataSpace.Connector.Assets;

/// <summary>Which of the products on offer are meant: those that fulfil everything that is said.</summary>
internal sealed record ProductSelection
{
    public static ProductSelection Everything { get; } = new();

    /// <summary>In the nested catalog of that name; empty: in the root itself; null: wherever.</summary>
    public string? Catalog { get; init; }

    /// <summary>On that asset.</summary>
    public string? AssetId { get; init; }

    /// <summary>One of these; empty: any.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>With each of these <see cref="ProductTerms"/>.</summary>
    public IReadOnlyList<string> Terms { get; init; } = [];
}

/// <summary>A place in the order of ids, and the way to go from it.</summary>
/// <param name="Side">Which side of the key.</param>
/// <param name="Key">An id; empty with <see cref="ProductSide.After"/>: the beginning.</param>
internal sealed record ProductPosition(ProductSide Side, string Key)
{
    public static ProductPosition Beginning { get; } = After("");

    /// <summary>Towards lower ids.</summary>
    public bool IsBackward => Side is ProductSide.Before or ProductSide.Through;

    public static ProductPosition After(string key) => new(ProductSide.After, key);
}

internal enum ProductSide
{
    /// <summary>Forward, without the key.</summary>
    After,

    /// <summary>Forward, with the key.</summary>
    From,

    /// <summary>Backward, without the key.</summary>
    Before,

    /// <summary>Backward, with the key.</summary>
    Through,
}
