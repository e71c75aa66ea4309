using System.Globalization;
using System.Numerics;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>
/// A number: an integer of any size, or a binary fraction with a 64-bit mantissa (what OPA's arithmetic gives). A literal keeps its
/// text until it takes part in arithmetic.
/// </summary>
public sealed class RegoNumber : RegoValue
{
    private const int MostCached = 256;

    /// <summary>Counts and positions: never changed after they are made.</summary>
    private static readonly RegoNumber[] Cached = [.. Enumerable.Range(0, MostCached).Select(value => new RegoNumber(value))];

    private readonly long small;
    private readonly Wide? wide;

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
            wide = new Wide(value, null, null);
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
                wide = new Wide(integer, null, null);
            }
        }
        else
        {
            wide = new Wide(null, value, null);
        }
    }

    private RegoNumber(RegoNumber value, string text)
    {
        small = value.small;
        wide = new Wide(value.wide?.Big, value.wide?.Real, text);
    }

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Number;

    /// <summary>Whether this is a whole number.</summary>
    public bool IsInteger => wide?.Real is null;

    internal bool IsSmall => wide is null or { Big: null, Real: null };

    internal long Small => small;

    /// <summary>How many bits the integer part or the fraction may take.</summary>
    internal long Magnitude => wide?.Big?.GetBitLength() ?? Math.Abs(wide?.Real?.Exponent ?? 0L);

    /// <summary>The value as a fraction with a 64-bit mantissa.</summary>
    internal BinaryFloat Real => wide?.Real ?? (wide?.Big is { } integer ? BinaryFloat.FromInteger(integer) : BinaryFloat.FromInteger(small));

    /// <summary>The value as an integer; only for an integer.</summary>
    internal BigInteger Integer => wide?.Big ?? small;

    /// <summary>An integer; small ones are shared.</summary>
    internal static RegoNumber Of(long value) => (ulong)value < MostCached ? Cached[value] : new RegoNumber(value);

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
    public override int GetHashCode() => IsSmall ? HashCode.Combine((int)small, (int)(small >> 32)) : Real.GetHashCode();

    /// <inheritdoc/>
    public override string ToString()
    {
        if (wide?.Text is { } text)
        {
            return text;
        }

        if (wide?.Real is { } fraction)
        {
            return fraction.ToString();
        }

        return wide?.Big is { } integer ? integer.ToString(CultureInfo.InvariantCulture) : small.ToString(CultureInfo.InvariantCulture);
    }

    internal bool HasCanonicalInt64(out long value)
    {
        value = small;
        return wide is null;
    }

    internal int CompareTo(RegoNumber other)
    {
        if ((wide is null && other.wide is null) || (IsSmall && other.IsSmall))
        {
            return small.CompareTo(other.small);
        }

        return IsInteger && other.IsInteger ? Integer.CompareTo(other.Integer) : Real.CompareTo(other.Real);
    }

    /// <summary>What few numbers need: most are small integers.</summary>
    private sealed record Wide(BigInteger? Big, BinaryFloat? Real, string? Text);
}
