using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Amounts with SI and binary units: <c>units.parse("10K")</c>, <c>units.parse_bytes("1MiB")</c>.</summary>
internal static partial class UnitBuiltins
{
    private const int MaxExponent = 1000;

    private static readonly string[] Steps = ["", "k", "m", "g", "t", "p", "e"];

    public static IEnumerable<Builtin> All =>
    [
        new("units.parse", 1, call => Parse(call, "no amount provided", "could not parse amount to a number", Units)),
        new("units.parse_bytes", 1, ParseBytes),
    ];

    [GeneratedRegex(@"\A(-?[0-9.]*(?:(?<=[0-9.])[eE][+-]?[0-9]+)?)(.*)\z", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Amount();

    [GeneratedRegex(@"\A-?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    private static RegoNumber ParseBytes(BuiltinCall call)
    {
        var bytes = Parse(call, "no byte amount provided", "could not parse byte amount to a number", Bytes);
        return bytes.IsInteger ? bytes : new RegoNumber(bytes.Real.Floor());
    }

    private static RegoNumber Parse(BuiltinCall call, string missing, string malformed, Func<string, (BigInteger Factor, int Power)?> scaleOf)
    {
        var text = call.Text(0).Replace("\"", "", StringComparison.Ordinal);
        if (text.Contains(' ', StringComparison.Ordinal))
        {
            throw BuiltinException.Failed("spaces not allowed in resource strings");
        }

        var match = Amount().Match(text);
        var (amount, unit) = (match.Groups[1].Value, match.Groups[2].Value);
        if (amount.Length == 0)
        {
            throw BuiltinException.Failed(missing);
        }

        if (!Number().IsMatch(amount) || amount is ".")
        {
            throw BuiltinException.Failed(malformed);
        }

        var (factor, power) = scaleOf(unit) ?? throw BuiltinException.Failed($"unit {unit} not recognized");
        return Scale(amount, factor, power);
    }

    /// <summary><c>amount × factor × 10^power</c>, rounded once.</summary>
    private static RegoNumber Scale(string amount, BigInteger factor, int power)
    {
        var mark = amount.AsSpan().IndexOfAny('e', 'E');
        var exponent = 0;
        if (mark >= 0 && (!int.TryParse(amount.AsSpan(mark + 1), CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > MaxExponent))
        {
            throw BuiltinException.Failed("exponent too large");
        }

        var digits = mark < 0 ? amount : amount[..mark];
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : digits.Length - point - 1;
        var whole = BigInteger.Parse(digits.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * factor;
        return new RegoNumber(BinaryFloat.Parse(string.Create(CultureInfo.InvariantCulture, $"{whole}e{exponent - decimals + power}")));
    }

    /// <summary>Decimal units distinguish milli (m) from mega (M); binary ones end in i.</summary>
    private static (BigInteger Factor, int Power)? Units(string unit)
    {
        if (unit == "m")
        {
            return (1, -3);
        }

        var isBinary = unit.Length > 1 && unit[^1] is 'i' or 'I';
        return Prefix(isBinary ? unit[..^1] : unit, isBinary);
    }

    private static (BigInteger Factor, int Power)? Bytes(string unit)
    {
        var name = unit.Length > 0 && unit[^1] is 'b' or 'B' ? unit[..^1] : unit;
        var isBinary = name.Length > 1 && name[^1] is 'i' or 'I';
        return Prefix(isBinary ? name[..^1] : name, isBinary);
    }

    private static (BigInteger Factor, int Power)? Prefix(string prefix, bool isBinary)
    {
        var step = Array.IndexOf(Steps, prefix.ToLowerInvariant());
        return step < 0 ? null : (BigInteger.Pow(isBinary ? 1024 : 1000, step), 0);
    }
}
