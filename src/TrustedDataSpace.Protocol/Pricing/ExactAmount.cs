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
        var exact = Of(price);
        return new(exact.Numerator * quantity, exact.Denominator * unitSize);
    }

    /// <summary>A share of an amount: amount × rate.</summary>
    public static ExactAmount Of(decimal amount, decimal rate)
    {
        var (a, b) = (Of(amount), Of(rate));
        return new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);
    }

    public static ExactAmount Of(decimal amount)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(amount, bits);
        return new((BigInteger)new decimal(bits[0], bits[1], bits[2], isNegative: amount < 0, scale: 0), BigInteger.Pow(10, amount.Scale));
    }

    public bool IsAbove(decimal limit)
    {
        var other = Of(limit);
        return Numerator * other.Denominator > other.Numerator * Denominator;
    }

    public static ExactAmount operator +(ExactAmount a, ExactAmount b) =>
        new((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);
}
