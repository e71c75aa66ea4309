using System.Numerics;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>
/// An amount before it is rounded, as a fraction: a third of a price has no decimal form, and an amount that was cut to 28
/// digits first would be rounded twice.
/// </summary>
internal readonly record struct ExactAmount(BigInteger Numerator, BigInteger Denominator)
{
    public static ExactAmount Zero { get; } = new(BigInteger.Zero, BigInteger.One);

    /// <summary>The price of a quantity: quantity × price ÷ unit size.</summary>
    public static ExactAmount Of(long quantity, decimal price, long unitSize)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(price, bits);
        var digits = (BigInteger)new decimal(bits[0], bits[1], bits[2], isNegative: price < 0, scale: 0);
        return new(digits * quantity, BigInteger.Pow(10, price.Scale) * unitSize);
    }

    public static ExactAmount operator +(ExactAmount a, ExactAmount b) =>
        new((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);
}
