using System.Numerics;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>How a plan rounds. It is part of the plan, because the same use costs different sums under different rules.</summary>
public sealed record RoundingRule
{
    /// <summary>Each line is rounded, and the rounded lines are added.</summary>
    public const string PerLine = "line";

    /// <summary>The exact sum of all lines is rounded once.</summary>
    public const string PerInvoice = "invoice";

    /// <summary>Half goes away from zero.</summary>
    public const string HalfUp = "halfUp";

    /// <summary>Half goes to the even neighbour.</summary>
    public const string HalfEven = "halfEven";

    /// <summary>Most decimals of an amount.</summary>
    public const int MaxScale = 6;

    // A decimal that runs out of digits in an addition drops decimals without a word. Below this, the lines of a whole plan fit.
    private static readonly BigInteger UnitsLimit = BigInteger.Pow(10, 26);

    /// <summary><see cref="PerLine"/> or <see cref="PerInvoice"/>.</summary>
    public required string Per { get; init; }

    /// <summary><see cref="HalfUp"/> or <see cref="HalfEven"/>.</summary>
    public required string Mode { get; init; }

    /// <summary>Decimals of every amount, 0 to <see cref="MaxScale"/>.</summary>
    public required int Scale { get; init; }

    /// <summary>Nothing, written with the decimals of the plan.</summary>
    internal decimal Zero => Decimal(BigInteger.Zero);

    /// <summary>Rounds an exact amount that is not negative; the result has exactly <see cref="Scale"/> decimals.</summary>
    /// <exception cref="OverflowException">It has more than 26 digits.</exception>
    internal decimal Round(ExactAmount amount)
    {
        var units = BigInteger.DivRem(amount.Numerator * BigInteger.Pow(10, Scale), amount.Denominator, out var rest);
        var half = (2 * rest).CompareTo(amount.Denominator);
        var up = half > 0 || (half == 0 && (Mode == HalfUp || !units.IsEven));
        return Decimal(up ? units + 1 : units);
    }

    // From the digits and the scale, not by division: 144.00 must not become 144, or the same statement would have two texts.
    private decimal Decimal(BigInteger units)
    {
        if (units >= UnitsLimit)
        {
            throw new OverflowException();
        }

        Span<int> bits = stackalloc int[4];
        decimal.GetBits((decimal)units, bits);
        return new decimal(bits[0], bits[1], bits[2], isNegative: false, (byte)Scale);
    }
}
