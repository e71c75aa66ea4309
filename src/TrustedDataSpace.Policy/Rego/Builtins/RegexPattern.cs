using System.Text;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>
/// Patterns in RE2 syntax, matched in linear time. Where .NET reads the same text differently (Unicode classes, <c>$</c> before a final
/// line feed, class subtraction), the pattern is rewritten so that it means what it means in RE2.
/// </summary>
internal static class RegexPattern
{
    private static readonly Dictionary<string, string> PosixClasses = new()
    {
        ["alnum"] = "0-9A-Za-z",
        ["alpha"] = "A-Za-z",
        ["ascii"] = @"\x00-\x7F",
        ["blank"] = @"\t ",
        ["cntrl"] = @"\x00-\x1F\x7F",
        ["digit"] = "0-9",
        ["graph"] = "!-~",
        ["lower"] = "a-z",
        ["print"] = " -~",
        ["punct"] = @"!-/:-@\[-`{-~",
        ["space"] = @"\t\n\v\f\r ",
        ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_",
        ["xdigit"] = "0-9A-Fa-f",
    };

    public static Regex Compile(string pattern)
    {
        RegexSize.Check(pattern);
        try
        {
            return new Regex(Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception invalid) when (invalid is ArgumentException or NotSupportedException)
        {
            throw BuiltinException.Failed("the pattern is no regular expression that can be matched in linear time: " + invalid.Message);
        }
    }

    private static string Translate(string pattern)
    {
        var result = new StringBuilder();
        var isMultiline = HasMultilineFlag(pattern);
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\' when string.CompareOrdinal(pattern, i, @"\Q", 0, 2) == 0:
                    var end = pattern.IndexOf(@"\E", i, StringComparison.Ordinal);
                    result.Append(Regex.Escape(end < 0 ? pattern[(i + 2)..] : pattern[(i + 2)..end]).Replace("]", "\\]", StringComparison.Ordinal));
                    i = end < 0 ? pattern.Length : end + 1;
                    break;
                case '\\' when i + 2 < pattern.Length && pattern[i + 1] is 'p' or 'P' && pattern[i + 2] != '{':
                    result.Append(pattern, i, 2).Append('{').Append(pattern[i + 2]).Append('}');
                    i += 2;
                    break;
                case '\\' when i + 1 < pattern.Length:
                    result.Append(Escape(pattern[++i], inClass: false));
                    break;
                case '[':
                    i = TranslateClass(result, pattern, i);
                    break;
                case '$' when !isMultiline:
                    result.Append(@"\z");
                    break;
                case '(' when string.CompareOrdinal(pattern, i, "(?P<", 0, 4) == 0:
                    result.Append("(?<");
                    i += 3;
                    break;
                default:
                    result.Append(pattern[i]);
                    break;
            }
        }

        return result.ToString();
    }

    private static bool HasMultilineFlag(string pattern)
    {
        for (var i = pattern.IndexOf("(?", StringComparison.Ordinal); i >= 0; i = pattern.IndexOf("(?", i + 2, StringComparison.Ordinal))
        {
            var flags = pattern.Skip(i + 2).TakeWhile(char.IsAsciiLetter);
            if (flags.Contains('m'))
            {
                return true;
            }
        }

        return false;
    }

    private static string Escape(char letter, bool inClass)
    {
        var members = letter switch { 'd' or 'D' => "0-9", 'w' or 'W' => "0-9A-Za-z_", 's' or 'S' => @"\t\n\f\r ", _ => null };
        if (members is null)
        {
            return "\\" + letter;
        }

        if (!char.IsUpper(letter))
        {
            return inClass ? members : $"[{members}]";
        }

        return !inClass ? $"[^{members}]" : letter switch
        {
            'D' => @"\x00-/:-\uFFFF",
            'W' => @"\x00-/:-@\[-^`{-\uFFFF",
            _ => @"\x00-\x08\x0B\x0E-\x1F!-\uFFFF",
        };
    }

    /// <summary>Appends one class and returns the position of its closing bracket.</summary>
    private static int TranslateClass(StringBuilder result, string pattern, int open)
    {
        var i = open + 1;
        result.Append('[');
        if (i < pattern.Length && pattern[i] == '^')
        {
            result.Append('^');
            i++;
        }

        var first = i;
        for (; i < pattern.Length && (pattern[i] != ']' || i == first); i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
            {
                result.Append(Escape(pattern[++i], inClass: true));
            }
            else if (string.CompareOrdinal(pattern, i, "[:", 0, 2) == 0 && pattern.IndexOf(":]", i, StringComparison.Ordinal) is > 0 and var end)
            {
                result.Append(PosixClasses.GetValueOrDefault(pattern[(i + 2)..end])
                    ?? throw BuiltinException.Failed($"unknown character class {pattern[i..(end + 2)]}"));
                i = end + 1;
            }
            else
            {
                result.Append(pattern[i] is '[' or ']' ? "\\" + pattern[i] : pattern[i].ToString());
            }
        }

        if (i >= pattern.Length)
        {
            throw BuiltinException.Failed("missing closing ] in the pattern");
        }

        result.Append(']');
        return i;
    }
}
