using System.Text;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Globs with <c>*</c>, <c>**</c>, <c>?</c>, <c>[abc]</c>, <c>[!a-z]</c> and <c>{a,b}</c>.</summary>
internal static class GlobBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("glob.match", 3, Match),
        new("glob.quote_meta", 1, call => new RegoString(string.Concat(call.Text(0).Select(
            unit => @"\*?[]{}".Contains(unit, StringComparison.Ordinal) ? "\\" + unit : unit.ToString())))),
    ];

    private static RegoBoolean Match(BuiltinCall call)
    {
        var delimiters = call[1] switch
        {
            RegoNull => "",
            RegoArray { Count: 0 } => ".",
            RegoArray => string.Concat(call.Texts(1)),
            _ => throw call.Wrong(1, "one of {array, null}"),
        };
        var regex = ToRegex(call.Text(0), delimiters);
        return RegoBoolean.Of(call.Evaluation.Pattern(regex, pattern => new Regex(pattern, RegexOptions.NonBacktracking)).IsMatch(call.Text(2)));
    }

    private static string ToRegex(string glob, string delimiters)
    {
        var any = delimiters.Length == 0 ? "." : "[^" + EscapeClass(delimiters) + "]";
        var regex = new StringBuilder("(?s)^");
        var alternatives = 0;
        for (var i = 0; i < glob.Length; i++)
        {
            switch (glob[i])
            {
                case '\\' when i + 1 < glob.Length:
                    regex.Append(Regex.Escape(glob[++i].ToString()));
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
                    regex.Append(Regex.Escape(glob[i].ToString()));
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
        if (members.Length == 0)
        {
            throw BuiltinException.Failed("the glob has an empty '[]'");
        }

        var isRange = members.Length == 3 && members[1] == '-' && members[0] <= members[2];
        regex.Append(isNegated ? "[^" : "[")
            .Append(isRange ? $"{EscapeClass(members[..1])}-{EscapeClass(members[2..])}" : EscapeClass(members))
            .Append(']');
        return close;
    }

    private static string EscapeClass(string members) =>
        string.Concat(members.Select(unit => unit is '\\' or ']' or '[' or '^' or '-' ? "\\" + unit : unit.ToString()));
}
