using System.Globalization;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Json;

/// <summary>Numbers as ECMAScript writes them (RFC 8785 §3.2.2.3).</summary>
internal static class CanonicalNumber
{
    public static string Format(string literal)
    {
        var value = double.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
        {
            throw Refuse(literal, "it is beyond the range of a double");
        }

        var text = Format(value);

        // A long counter beyond 2^53 would silently become its neighbour, and two different documents would hash alike.
        if (Math.Abs(value) >= 9007199254740992 && literal.AsSpan().IndexOfAny(".eE") < 0 && literal != text)
        {
            throw Refuse(literal, "a double cannot hold all its digits");
        }

        return text;
    }

    /// <summary>ECMA-262 Number::toString, from the shortest digits that give the same double back.</summary>
    public static string Format(double value)
    {
        if (value == 0)
        {
            return "0";
        }

        // "E16" would not be the shortest; "R" is, but with .NET's own choice of notation: take it apart.
        var parts = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var point = parts[0].IndexOf('.', StringComparison.Ordinal);
        var mantissa = parts[0].Replace(".", "", StringComparison.Ordinal);
        var exponent = (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0) + (point < 0 ? mantissa.Length : point);
        exponent -= mantissa.Length - mantissa.TrimStart('0').Length;
        var digits = mantissa.Trim('0');
        return (value < 0 ? "-" : "") + Place(digits, exponent);
    }

    /// <summary>Places the point: the value is 0.digits × 10^n.</summary>
    private static string Place(string digits, int n)
    {
        if (n is > 0 and <= 21)
        {
            return digits.Length <= n ? digits.PadRight(n, '0') : digits[..n] + "." + digits[n..];
        }

        if (n is > -6 and <= 0)
        {
            return "0." + new string('0', -n) + digits;
        }

        var exponent = (n > 0 ? "+" : "-") + Math.Abs(n - 1).ToString(CultureInfo.InvariantCulture);
        return digits[..1] + (digits.Length > 1 ? "." + digits[1..] : "") + "e" + exponent;
    }

    private static RefusalException Refuse(string literal, string why) =>
        new(RefusalCode.Malformed, $"The number {literal} has no canonical form: {why}.") { Remedy = "Send such a number as a string." };
}
