using System.Globalization;
using System.Numerics;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>
/// A binary fraction <c>mantissa × 2^exponent</c> with at most 64 significant bits, rounded to nearest even: the arithmetic of Go's
/// <c>big.Float</c> at its default precision, on which OPA's number texts rest. The mantissa is odd, or zero with exponent 0.
/// </summary>
internal readonly struct BinaryFloat : IEquatable<BinaryFloat>, IComparable<BinaryFloat>
{
    private const int Precision = 64;

    /// <summary>Beyond this a number text would cost unbounded time and memory.</summary>
    private const int MaxDecimalExponent = 100_000;

    private const int MaxBinaryExponent = 400_000;

    private readonly BigInteger mantissa;
    private readonly int exponent;

    private BinaryFloat(BigInteger mantissa, int exponent)
    {
        this.mantissa = mantissa;
        this.exponent = exponent;
    }

    public int Sign => mantissa.Sign;

    public int Exponent => exponent;

    public static BinaryFloat operator +(BinaryFloat x, BinaryFloat y)
    {
        var low = Math.Min(x.exponent, y.exponent);
        return Round((x.mantissa << (x.exponent - low)) + (y.mantissa << (y.exponent - low)), low);
    }

    public static BinaryFloat operator -(BinaryFloat x) => new(-x.mantissa, x.exponent);

    public static BinaryFloat operator -(BinaryFloat x, BinaryFloat y) => x + -y;

    public static BinaryFloat operator *(BinaryFloat x, BinaryFloat y) => Round(x.mantissa * y.mantissa, x.exponent + y.exponent);

    public static BinaryFloat operator /(BinaryFloat x, BinaryFloat y) => Quotient(x.mantissa, y.mantissa, x.exponent - y.exponent);

    public static BinaryFloat FromInteger(BigInteger value) => Round(value, 0);

    public static BinaryFloat Parse(string text)
    {
        var mark = text.AsSpan().IndexOfAny('e', 'E');
        var digits = mark < 0 ? text : text[..mark];
        var power = mark < 0 ? 0 : int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            power -= digits.Length - point - 1;
            digits = digits.Remove(point, 1);
        }

        if (Math.Abs((long)power) > MaxDecimalExponent)
        {
            throw new FormatException($"The exponent of {text} is beyond ±{MaxDecimalExponent}.");
        }

        var value = BigInteger.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return FromDecimal(value, power);
    }

    public bool TryGetInteger(out BigInteger value)
    {
        value = exponent >= 0 ? mantissa << exponent : default;
        return exponent >= 0;
    }

    /// <summary>The largest integer that is not above this value.</summary>
    public BigInteger Floor() => exponent >= 0 ? mantissa << exponent : mantissa >> -exponent;

    public int CompareTo(BinaryFloat other)
    {
        if (Sign != other.Sign)
        {
            return Sign.CompareTo(other.Sign);
        }

        var low = Math.Min(exponent, other.exponent);
        return (mantissa << (exponent - low)).CompareTo(other.mantissa << (other.exponent - low));
    }

    public bool Equals(BinaryFloat other) => exponent == other.exponent && mantissa == other.mantissa;

    public override bool Equals(object? obj) => obj is BinaryFloat other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(mantissa, exponent);

    /// <summary>The shortest decimal text that reads back as this value; integers without an exponent.</summary>
    public override string ToString()
    {
        if (TryGetInteger(out var integer))
        {
            return integer.ToString(CultureInfo.InvariantCulture);
        }

        var (digits, point) = ShortestDigits();
        var sign = Sign < 0 ? "-" : "";
        var power = point - 1;
        if (power < -4 || power >= 6)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{fraction}e{(power < 0 ? '-' : '+')}{Math.Abs(power):00}");
        }

        if (point <= 0)
        {
            return sign + "0." + new string('0', -point) + digits;
        }

        return sign + digits[..point] + "." + digits[point..];
    }

    private static BinaryFloat FromDecimal(BigInteger digits, int power) => power >= 0
        ? Round(digits * BigInteger.Pow(10, power), 0)
        : Quotient(digits, BigInteger.Pow(10, -power), 0);

    private static BinaryFloat Quotient(BigInteger numerator, BigInteger denominator, int exponent)
    {
        // Two bits beyond the precision plus a sticky bit decide the rounding exactly.
        var shift = (int)Math.Max(0, Precision + 2 + denominator.GetBitLength() - BigInteger.Abs(numerator).GetBitLength());
        var quotient = BigInteger.DivRem(BigInteger.Abs(numerator) << shift, BigInteger.Abs(denominator), out var rest);
        quotient = (quotient << 1) | (rest.IsZero ? 0 : 1);
        return Round(numerator.Sign * denominator.Sign < 0 ? -quotient : quotient, exponent - shift - 1);
    }

    private static BinaryFloat Round(BigInteger mantissa, int exponent)
    {
        if (mantissa.IsZero)
        {
            return default;
        }

        var magnitude = BigInteger.Abs(mantissa);
        var excess = (int)(magnitude.GetBitLength() - Precision);
        if (excess > 0)
        {
            var half = BigInteger.One << (excess - 1);
            var rest = magnitude & ((BigInteger.One << excess) - 1);
            magnitude >>= excess;
            exponent += excess;
            if (rest > half || (rest == half && !magnitude.IsEven))
            {
                magnitude += 1;
            }
        }

        var zeros = (int)BigInteger.TrailingZeroCount(magnitude);
        if (Math.Abs((long)exponent + zeros) > MaxBinaryExponent)
        {
            throw new OverflowException("the number is too large or too close to zero");
        }

        return new((mantissa.Sign < 0 ? -1 : 1) * (magnitude >> zeros), exponent + zeros);
    }

    private (string Digits, int Point) ShortestDigits()
    {
        var magnitude = new BinaryFloat(BigInteger.Abs(mantissa), exponent);
        var scale = BigInteger.Pow(5, -exponent);
        var exact = (magnitude.mantissa * scale).ToString(CultureInfo.InvariantCulture);
        var point = exact.Length + exponent;
        for (var length = 1; length < exact.Length; length++)
        {
            var rounded = RoundDigits(exact, length);
            if (FromDecimal(rounded, point - length).Equals(magnitude))
            {
                var text = rounded.ToString(CultureInfo.InvariantCulture);
                return (text.TrimEnd('0'), point + text.Length - length);
            }
        }

        return (exact.TrimEnd('0'), point);
    }

    private static BigInteger RoundDigits(string digits, int length)
    {
        var kept = BigInteger.Parse(digits.AsSpan(0, length), NumberStyles.None, CultureInfo.InvariantCulture);
        return digits[length] >= '5' ? kept + 1 : kept;
    }
}
