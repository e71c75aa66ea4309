using System.Numerics;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Durations as Go writes them: <c>1h30m</c>, <c>1.5s</c>, <c>-100ms</c>.</summary>
internal static class GoDuration
{
    private static readonly Dictionary<string, long> Units = new()
    {
        ["ns"] = 1,
        ["us"] = 1_000,
        ["\u00B5s"] = 1_000,
        ["\u03BCs"] = 1_000,
        ["ms"] = 1_000_000,
        ["s"] = 1_000_000_000,
        ["m"] = 60_000_000_000,
        ["h"] = 3_600_000_000_000,
    };

    /// <summary>In nanoseconds.</summary>
    public static long Parse(string text)
    {
        var sign = text.StartsWith('-') ? -1 : 1;
        var rest = text.AsSpan(text.Length > 0 && text[0] is '-' or '+' ? 1 : 0);
        if (rest is "0")
        {
            return 0;
        }

        var total = BigInteger.Zero;
        var isEmpty = true;
        while (rest.Length > 0)
        {
            var whole = Digits(rest);
            var hasPoint = whole < rest.Length && rest[whole] == '.';
            var fraction = hasPoint ? Digits(rest[(whole + 1)..]) : 0;
            var number = whole + (hasPoint ? fraction + 1 : 0);
            if (whole + fraction == 0)
            {
                throw Invalid(text);
            }

            var unit = number;
            while (unit < rest.Length && rest[unit] != '.' && !char.IsAsciiDigit(rest[unit]))
            {
                unit++;
            }

            var name = rest[number..unit].ToString();
            if (!Units.TryGetValue(name, out var size))
            {
                throw BuiltinException.Failed(name.Length == 0
                    ? $"time: missing unit in duration {ValueText.Quote(text)}"
                    : $"time: unknown unit {ValueText.Quote(name)} in duration {ValueText.Quote(text)}");
            }

            total += whole == 0 ? 0 : BigInteger.Parse(rest[..whole], null) * size;
            total += fraction == 0 ? 0 : BigInteger.Parse(rest.Slice(whole + 1, fraction), null) * size / BigInteger.Pow(10, fraction);
            rest = rest[unit..];
            isEmpty = false;
        }

        total *= sign;
        return !isEmpty && total >= long.MinValue && total <= long.MaxValue ? (long)total : throw Invalid(text);
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        var count = text.IndexOfAnyExceptInRange('0', '9');
        return count < 0 ? text.Length : count;
    }

    private static BuiltinException Invalid(string text) => BuiltinException.Failed($"time: invalid duration {ValueText.Quote(text)}");
}
