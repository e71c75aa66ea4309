using System.Text;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Regular expressions and globs. Matching takes time linear in the text: patterns that need backtracking are errors, as in RE2.</summary>
internal static class PatternBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("regex.match", 2, call => RegoBoolean.Of(Regex(call.Text(0)).IsMatch(call.Text(1)))),
        new("regex.is_valid", 1, call => RegoBoolean.Of(call[0] is RegoString text && IsValid(text.Value))),
        new("regex.split", 2, call => new RegoArray(Regex(call.Text(0)).Split(call.Text(1)).Select(part => new RegoString(part)))),
        new("glob.match", 3, GlobMatch),
    ];

    private static Regex Regex(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception invalid) when (invalid is ArgumentException or NotSupportedException)
        {
            throw BuiltinException.Failed("the pattern is no regular expression that can be matched in linear time: " + invalid.Message);
        }
    }

    private static bool IsValid(string pattern)
    {
        try
        {
            Regex(pattern);
            return true;
        }
        catch (BuiltinException)
        {
            return false;
        }
    }

    private static RegoBoolean GlobMatch(BuiltinCall call)
    {
        var delimiters = call[1] switch
        {
            RegoNull => "",
            RegoArray { Count: 0 } => ".",
            RegoArray => string.Concat(call.Texts(1)),
            _ => throw call.Wrong(1, "one of {array, null}"),
        };
        return RegoBoolean.Of(Regex(GlobPattern.ToRegex(call.Text(0), delimiters)).IsMatch(call.Text(2)));
    }
}

/// <summary>Globs with <c>*</c>, <c>**</c>, <c>?</c>, <c>[abc]</c>, <c>[!a-z]</c> and <c>{a,b}</c>.</summary>
internal static class GlobPattern
{
    public static string ToRegex(string glob, string delimiters)
    {
        var any = delimiters.Length == 0 ? "." : "[^" + EscapeClass(delimiters) + "]";
        var regex = new StringBuilder("(?s)^");
        var alternatives = 0;
        for (var i = 0; i < glob.Length; i++)
        {
            switch (glob[i])
            {
                case '\\' when i + 1 < glob.Length:
                    regex.Append(System.Text.RegularExpressions.Regex.Escape(glob[++i].ToString()));
                    break;
                case '*' when i + 1 < glob.Length && glob[i + 1] == '*':
                    regex.Append(".*");
                    i++;
                    break;
                case '*':
                    regex.Append(any).Append('*');
                    break;
                case '?':
                    regex.Append(any);
                    break;
                case '[':
                    i = AppendClass(regex, glob, i);
                    break;
                case '{':
                    alternatives++;
                    regex.Append("(?:");
                    break;
                case '}' when alternatives > 0:
                    alternatives--;
                    regex.Append(')');
                    break;
                case ',' when alternatives > 0:
                    regex.Append('|');
                    break;
                default:
                    regex.Append(System.Text.RegularExpressions.Regex.Escape(glob[i].ToString()));
                    break;
            }
        }

        return alternatives == 0 ? regex.Append("\\z").ToString() : throw BuiltinException.Failed("the glob has an open '{'");
    }

    private static int AppendClass(StringBuilder regex, string glob, int open)
    {
        var close = glob.IndexOf(']', open + 1);
        if (close < 0)
        {
            throw BuiltinException.Failed("the glob has an open '['");
        }

        var members = glob[(open + 1)..close];
        var isNegated = members.StartsWith('!');
        members = isNegated ? members[1..] : members;
        var isRange = members.Length == 3 && members[1] == '-';
        regex.Append(isNegated ? "[^" : "[")
            .Append(isRange ? $"{EscapeClass(members[..1])}-{EscapeClass(members[2..])}" : EscapeClass(members))
            .Append(']');
        return close;
    }

    private static string EscapeClass(string members) =>
        string.Concat(members.Select(unit => unit is '\\' or ']' or '[' or '^' or '-' ? "\\" + unit : unit.ToString()));
}
