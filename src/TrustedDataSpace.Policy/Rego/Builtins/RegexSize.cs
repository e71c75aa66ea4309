using System.Globalization;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>
/// Refuses patterns whose counted repetitions unfold to more than a machine should hold: <c>(a{1000}){1000}</c>. RE2 has the same two
/// limits, on one count and on the size of the whole.
/// </summary>
internal static class RegexSize
{
    private const int MostRepetitions = 1000;

    private const long MostNodes = 20_000;

    public static void Check(string pattern)
    {
        // Sizes of the groups that are open, of what precedes the last item in each, and of that item.
        var groups = new Stack<(long Before, long Last)>();
        var (before, last) = (0L, 0L);
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '(':
                    groups.Push((before + last, 0));
                    (before, last) = (0, 0);
                    break;
                case ')' when groups.TryPop(out var outer):
                    (before, last) = (outer.Before, before + last + 1);
                    break;
                case '{' when Count(pattern, ref i) is { } count:
                    last *= Math.Max(1, count);
                    break;
                case '[':
                    i = EndOfClass(pattern, i);
                    (before, last) = (before + last, 1);
                    break;
                default:
                    i += pattern[i] == '\\' ? 1 : 0;
                    (before, last) = (before + last, 1);
                    break;
            }

            if (before + last > MostNodes)
            {
                throw BuiltinException.Failed("error parsing regexp: expression too large");
            }
        }
    }

    /// <summary>The larger number of <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c>; null for other braces, which are plain characters.</summary>
    private static int? Count(string pattern, ref int position)
    {
        var close = pattern.IndexOf('}', position);
        var text = close < 0 ? "" : pattern[(position + 1)..close];
        var numbers = text.Split(',');
        if (numbers.Length > 2 || numbers[0].Length == 0 || !numbers.All(number => number.All(char.IsAsciiDigit)))
        {
            return null;
        }

        var largest = 0;
        foreach (var number in numbers.Where(number => number.Length > 0))
        {
            largest = int.TryParse(number, CultureInfo.InvariantCulture, out var value) && value <= MostRepetitions
                ? Math.Max(largest, value)
                : throw BuiltinException.Failed($"error parsing regexp: invalid repeat count: `{{{text}}}`");
        }

        position = close;
        return largest;
    }

    private static int EndOfClass(string pattern, int open)
    {
        var i = open + 1;
        i += i < pattern.Length && pattern[i] == '^' ? 1 : 0;
        i += i < pattern.Length && pattern[i] == ']' ? 1 : 0;
        for (; i < pattern.Length && pattern[i] != ']'; i++)
        {
            i += pattern[i] == '\\' ? 1 : 0;
        }

        return i;
    }
}
