namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>The price of a range of quantity. Ranges begin where the one before ends, so that none is missing and none is priced twice.</summary>
/// <param name="UpTo">The last unit of the meter that the tier holds; null on the last tier, which has no end.</param>
/// <param name="Price">The price of one <see cref="PriceComponent.UnitSize"/>.</param>
public sealed record PriceTier(long? UpTo, decimal Price)
{
    /// <summary>Each part of the quantity costs the price of the tier it lies in.</summary>
    public const string Graduated = "graduated";

    /// <summary>The whole quantity costs the price of the tier its end lies in.</summary>
    public const string Volume = "volume";

    internal bool Holds(long quantity) => UpTo is null || quantity <= UpTo;
}
