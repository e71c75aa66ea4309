using System.Globalization;
using System.Text;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Operations on strings; positions count code points.</summary>
internal static class StringBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("concat", 2, call => new RegoString(string.Join(call.Text(0), call.Texts(1)))),
        new("contains", 2, call => RegoBoolean.Of(call.Text(0).Contains(call.Text(1), StringComparison.Ordinal)))
        {
            Quick = (x, y) => x is RegoString text && y is RegoString part ? RegoBoolean.Of(text.Value.Contains(part.Value, StringComparison.Ordinal)) : null,
        },
        new("startswith", 2, call => RegoBoolean.Of(call.Text(0).StartsWith(call.Text(1), StringComparison.Ordinal)))
        {
            Quick = (x, y) => x is RegoString text && y is RegoString part ? RegoBoolean.Of(text.Value.StartsWith(part.Value, StringComparison.Ordinal)) : null,
        },
        new("endswith", 2, call => RegoBoolean.Of(call.Text(0).EndsWith(call.Text(1), StringComparison.Ordinal)))
        {
            Quick = (x, y) => x is RegoString text && y is RegoString part ? RegoBoolean.Of(text.Value.EndsWith(part.Value, StringComparison.Ordinal)) : null,
        },
        new("lower", 1, call => new RegoString(call.Text(0).ToLowerInvariant())),
        new("upper", 1, call => new RegoString(call.Text(0).ToUpperInvariant())),
        new("split", 2, Split),
        new("strings.split_n", 3, SplitFirst),
        new("replace", 3, call => new RegoString(Replace(call.Text(0), call.Text(1), call.Text(2)))),
        new("strings.replace_n", 2, ReplaceAll),
        new("strings.reverse", 1, Reverse) { DisplayName = "reverse" },
        new("strings.count", 2, call => new RegoNumber(CountOf(call.Text(0), call.Text(1)))),
        new("strings.any_prefix_match", 2, call => AnyMatch(call, (text, prefix) => text.StartsWith(prefix, StringComparison.Ordinal))),
        new("strings.any_suffix_match", 2, call => AnyMatch(call, (text, suffix) => text.EndsWith(suffix, StringComparison.Ordinal))),
        new("trim", 2, call => Trim(call, start: true, end: true)),
        new("trim_left", 2, call => Trim(call, start: true, end: false)),
        new("trim_right", 2, call => Trim(call, start: false, end: true)),
        new("trim_space", 1, call => new RegoString(call.Text(0).Trim())),
        new("trim_prefix", 2, call => new RegoString(
            call.Text(0).StartsWith(call.Text(1), StringComparison.Ordinal) ? call.Text(0)[call.Text(1).Length..] : call.Text(0))),
        new("trim_suffix", 2, call => new RegoString(
            call.Text(0).EndsWith(call.Text(1), StringComparison.Ordinal) ? call.Text(0)[..^call.Text(1).Length] : call.Text(0))),
        new("indexof", 2, call => new RegoNumber(Positions(call).DefaultIfEmpty(-1).First())),
        new("indexof_n", 2, call => new RegoArray(Positions(call).Select(position => new RegoNumber(position)))),
        new("substring", 3, Substring),
        new("format_int", 2, FormatInteger),
    ];

    private static string Replace(string text, string old, string @new) =>
        old.Length > 0 ? text.Replace(old, @new, StringComparison.Ordinal) : @new + string.Concat(text.EnumerateRunes().Select(rune => rune + @new));

    /// <summary>The first parts; the last ones if the number is negative.</summary>
    private static RegoArray SplitFirst(BuiltinCall call)
    {
        var (parts, count) = (Split(call), call.Int32(2));
        return new RegoArray(count < 0 ? parts.TakeLast(count == int.MinValue ? int.MaxValue : -count) : parts.Take(count));
    }

    private static RegoArray Split(BuiltinCall call)
    {
        var (text, separator) = (call.Text(0), call.Text(1));
        var parts = separator.Length > 0 ? text.Split(separator) : text.EnumerateRunes().Select(rune => rune.ToString());
        return new RegoArray(parts.Select(part => new RegoString(part)));
    }

    private static RegoString ReplaceAll(BuiltinCall call)
    {
        var patterns = new List<(string Old, string New)>();
        foreach (var (key, value) in call.Object(0).Entries)
        {
            patterns.Add((
                (key as RegoString ?? throw new BuiltinException(RegoEvaluationException.Type, "operand 1 non-string key found in pattern object")).Value,
                (value as RegoString ?? throw new BuiltinException(RegoEvaluationException.Type, "operand 1 non-string value found in pattern object")).Value));
        }

        var text = call.Text(1);
        var result = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            var (old, @new) = patterns.FirstOrDefault(pattern =>
                pattern.Old.Length > 0 && string.CompareOrdinal(text, i, pattern.Old, 0, pattern.Old.Length) == 0);
            result.Append(old is null ? text[i].ToString() : @new);
            i += old?.Length ?? 1;
        }

        return new RegoString(result.ToString());
    }

    private static RegoString Reverse(BuiltinCall call) => new(string.Concat(call.Text(0).EnumerateRunes().Reverse()));

    private static int CountOf(string text, string part)
    {
        if (part.Length == 0)
        {
            return text.EnumerateRunes().Count() + 1;
        }

        var count = 0;
        for (var i = text.IndexOf(part, StringComparison.Ordinal); i >= 0; i = text.IndexOf(part, i + part.Length, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }

    private static RegoBoolean AnyMatch(BuiltinCall call, Func<string, string, bool> matches)
    {
        var texts = OneOrMany(call, 0);
        var parts = OneOrMany(call, 1);
        return RegoBoolean.Of(texts.Any(text => parts.Any(part => matches(text, part))));
    }

    private static List<string> OneOrMany(BuiltinCall call, int operand) => call[operand] switch
    {
        RegoString text => [text.Value],
        RegoArray or RegoSet => [.. call.Texts(operand)],
        _ => throw call.Wrong(operand, "one of {string, set, array}"),
    };

    private static RegoString Trim(BuiltinCall call, bool start, bool end)
    {
        var runes = call.Text(0).EnumerateRunes().ToList();
        var cut = call.Text(1).EnumerateRunes().ToHashSet();
        var (first, last) = (0, runes.Count);
        while (start && first < last && cut.Contains(runes[first]))
        {
            first++;
        }

        while (end && last > first && cut.Contains(runes[last - 1]))
        {
            last--;
        }

        return new RegoString(string.Concat(runes.Skip(first).Take(last - first)));
    }

    private static IEnumerable<long> Positions(BuiltinCall call)
    {
        var (text, part) = (call.Text(0), call.Text(1));
        if (part.Length == 0)
        {
            throw BuiltinException.Failed("empty search character");
        }

        return FindAll(text, part);
    }

    private static IEnumerable<long> FindAll(string text, string part)
    {
        var (position, counted) = (0L, 0);
        for (var i = text.IndexOf(part, StringComparison.Ordinal); i >= 0; i = text.IndexOf(part, i + 1, StringComparison.Ordinal))
        {
            // A code point beyond 16 bits has two units, of which the second is not counted.
            for (; counted < i; counted++)
            {
                position += char.IsLowSurrogate(text[counted]) ? 0 : 1;
            }

            yield return position;
        }
    }

    /// <summary>A negative length means the rest.</summary>
    private static RegoString Substring(BuiltinCall call)
    {
        var (text, offset, length) = (call.Text(0), call.Int32(1), call.Int32(2));
        if (offset < 0)
        {
            throw BuiltinException.Failed("negative offset");
        }

        var runes = text.EnumerateRunes().Skip(offset);
        return new RegoString(string.Concat(length < 0 ? runes : runes.Take(length)));
    }

    private static RegoString FormatInteger(BuiltinCall call)
    {
        var number = call.Number(0);
        var value = number.IsInteger ? number.Integer : number.Real.Floor() + (number.Real.Sign < 0 ? 1 : 0);
        var digits = call.Integer(1) is var radix && radix == 2 ? "01" : radix == 8 ? "01234567" : radix == 10 ? "0123456789" : radix == 16
            ? "0123456789abcdef"
            : throw BuiltinException.WrongType(1, "one of {2, 8, 10, 16}", call[1].ToString());
        var text = new StringBuilder();
        for (var rest = System.Numerics.BigInteger.Abs(value); text.Length == 0 || !rest.IsZero; rest /= digits.Length)
        {
            text.Insert(0, digits[(int)(rest % digits.Length)].ToString(CultureInfo.InvariantCulture));
        }

        return new RegoString((value.Sign < 0 ? "-" : "") + text);
    }
}
