using System.Globalization;
using System.Numerics;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>
/// A number: an integer of any size, or a binary fraction with a 64-bit mantissa (what OPA's arithmetic gives). A literal keeps its
/// text until it takes part in arithmetic.
/// </summary>
public sealed class RegoNumber : RegoValue
{
    private readonly long small;
    private readonly BigInteger? big;
    private readonly BinaryFloat? real;
    private readonly string? text;

    /// <summary>Makes an integer.</summary>
    public RegoNumber(long value) => small = value;

    internal RegoNumber(BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            small = (long)value;
        }
        else
        {
            big = value;
        }
    }

    internal RegoNumber(BinaryFloat value)
    {
        if (value.TryGetInteger(out var integer))
        {
            if (integer >= long.MinValue && integer <= long.MaxValue)
            {
                small = (long)integer;
            }
            else
            {
                big = integer;
            }
        }
        else
        {
            real = value;
        }
    }

    private RegoNumber(RegoNumber value, string text)
    {
        (small, big, real) = (value.small, value.big, value.real);
        this.text = text;
    }

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Number;

    /// <summary>Whether this is a whole number.</summary>
    public bool IsInteger => real is null;

    internal bool IsSmall => big is null && real is null;

    internal long Small => small;

    /// <summary>How many bits the integer part or the fraction may take.</summary>
    internal long Magnitude => big?.GetBitLength() ?? Math.Abs(real?.Exponent ?? 0L);

    /// <summary>The value as a fraction with a 64-bit mantissa.</summary>
    internal BinaryFloat Real => real ?? (big is { } integer ? BinaryFloat.FromInteger(integer) : BinaryFloat.FromInteger(small));

    /// <summary>The value as an integer; only for an integer.</summary>
    internal BigInteger Integer => big ?? small;

    /// <summary>Reads a number in JSON notation.</summary>
    /// <exception cref="FormatException">The text is not a JSON number, or its exponent is beyond ±100,000.</exception>
    public static RegoNumber Parse(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var small) && text[0] != '+')
        {
            var plain = new RegoNumber(small);
            return plain.ToString() == text ? plain : new RegoNumber(plain, text);
        }

        if (text.AsSpan().IndexOfAny('.', 'e', 'E') < 0)
        {
            return new RegoNumber(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        }

        return new RegoNumber(new RegoNumber(BinaryFloat.Parse(text)), text);
    }

    /// <summary>The value, if it is a whole number that fits.</summary>
    public bool TryGetInt64(out long value)
    {
        value = small;
        return IsSmall;
    }

    /// <summary>The nearest <see cref="double"/>.</summary>
    public double ToDouble() => IsSmall ? small : double.Parse(ToString(), CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override bool Equals(RegoValue? other) =>
        ReferenceEquals(this, other) || (other is RegoNumber number && CompareTo(number) == 0);

    /// <inheritdoc/>
    public override int GetHashCode() => IsSmall ? small.GetHashCode() : Real.GetHashCode();

    /// <inheritdoc/>
    public override string ToString()
    {
        if (text is not null)
        {
            return text;
        }

        if (real is { } fraction)
        {
            return fraction.ToString();
        }

        return big is { } integer ? integer.ToString(CultureInfo.InvariantCulture) : small.ToString(CultureInfo.InvariantCulture);
    }

    internal bool HasCanonicalInt64(out long value)
    {
        value = small;
        return IsSmall && text is null;
    }

    internal int CompareTo(RegoNumber other)
    {
        if (IsSmall && other.IsSmall)
        {
            return small.CompareTo(other.small);
        }

        return IsInteger && other.IsInteger ? Integer.CompareTo(other.Integer) : Real.CompareTo(other.Real);
    }
}
