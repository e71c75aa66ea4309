using System.Text;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Regular expressions. Patterns that need backtracking are errors, as in RE2.</summary>
internal static class PatternBuiltins
{
    /// <summary>What a match costs: it is an object of its own, and there may be as many as the text has letters.</summary>
    private const long PerMatch = 16;

    public static IEnumerable<Builtin> All =>
    [
        new("regex.match", 2, call => RegoBoolean.Of(Regex(call, call.Text(0)).IsMatch(call.Text(1)))),
        new("regex.is_valid", 1, call => RegoBoolean.Of(call[0] is RegoString text && IsValid(text.Value))),
        new("regex.split", 2, Split),
        new("regex.find_n", 3, call => new RegoArray(Matches(call).Select(match => new RegoString(match.Value)))),
        new("regex.find_all_string_submatch_n", 3, call => new RegoArray(Matches(call).Select(Groups))),
        new("regex.replace", 3, Replace),
        new("regex.template_match", 4, TemplateMatch),
        new("regex.globs_match", 2, call => RegoBoolean.Of(GlobIntersection.Exists(call, call.Text(0), call.Text(1)))),
    ];

    private static Regex Regex(BuiltinCall call, string pattern) => call.Evaluation.Pattern(pattern, RegexPattern.Compile);

    private static bool IsValid(string pattern)
    {
        try
        {
            RegexPattern.Compile(pattern);
            return true;
        }
        catch (BuiltinException)
        {
            return false;
        }
    }

    private static RegoArray Split(BuiltinCall call)
    {
        var (pattern, text) = (Regex(call, call.Text(0)), call.Text(1));
        var parts = new RegoArray(4);
        var start = 0;
        foreach (var match in Matches(call, pattern, text))
        {
            // As in Go, an empty match at either end parts nothing.
            if (match.Length == 0 && (match.Index == 0 || match.Index == text.Length))
            {
                continue;
            }

            parts.Append(new RegoString(text[start..match.Index]));
            start = match.Index + match.Length;
        }

        parts.Append(new RegoString(text[start..]));
        return parts;
    }

    /// <summary>The first matches; all if the number is negative.</summary>
    private static IEnumerable<Match> Matches(BuiltinCall call)
    {
        var count = call.Int32(2);
        var matches = Matches(call, Regex(call, call.Text(0)), call.Text(1));
        return count < 0 ? matches : matches.Take(count);
    }

    private static IEnumerable<Match> Matches(BuiltinCall call, Regex pattern, string text)
    {
        for (var match = pattern.Match(text); match.Success; match = match.NextMatch())
        {
            call.Evaluation.Spend(PerMatch);
            yield return match;
        }
    }

    private static RegoArray Groups(Match match) => new(match.Groups.Values.Select(group => new RegoString(group.Value)));

    private static RegoString Replace(BuiltinCall call)
    {
        var template = call.Text(2);
        return new RegoString(Regex(call, call.Text(1)).Replace(call.Text(0), match =>
        {
            call.Evaluation.Spend(PerMatch);
            return Expand(template, match);
        }));
    }

    /// <summary>Go's templates: <c>$name</c> takes as many letters, digits and underscores as there are; <c>${name}</c>; <c>$$</c>.</summary>
    private static string Expand(string template, Match match)
    {
        var result = new StringBuilder();
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] != '$' || i + 1 == template.Length)
            {
                result.Append(template[i]);
                continue;
            }

            if (template[i + 1] == '$')
            {
                result.Append('$');
                i++;
                continue;
            }

            var isBraced = template[i + 1] == '{';
            var start = isBraced ? i + 2 : i + 1;
            var end = start;
            while (end < template.Length && (char.IsAsciiLetterOrDigit(template[end]) || template[end] == '_'))
            {
                end++;
            }

            if (end == start || (isBraced && (end == template.Length || template[end] != '}')))
            {
                result.Append('$');
                continue;
            }

            result.Append(match.Groups[template[start..end]].Value);
            i = isBraced ? end : end - 1;
        }

        return result.ToString();
    }

    /// <summary>Text in which the parts between two delimiters are patterns.</summary>
    private static RegoBoolean TemplateMatch(BuiltinCall call)
    {
        var (template, open, close) = (call.Text(0), call.Text(2), call.Text(3));
        if (open.Length != 1 || close.Length != 1)
        {
            throw BuiltinException.Failed("the delimiters must be single characters");
        }

        var pattern = new StringBuilder("^");
        for (var i = 0; i < template.Length;)
        {
            var start = template.IndexOf(open[0], i);
            var end = start < 0 ? -1 : template.IndexOf(close[0], start);
            if (start >= 0 && end < 0)
            {
                throw BuiltinException.Failed("the template has an unbalanced delimiter");
            }

            pattern.Append(System.Text.RegularExpressions.Regex.Escape(start < 0 ? template[i..] : template[i..start]));
            i = start < 0 ? template.Length : end + 1;
            if (start >= 0)
            {
                pattern.Append('(').Append(template[(start + 1)..end]).Append(')');
            }
        }

        return RegoBoolean.Of(Regex(call, pattern.Append('$').ToString()).IsMatch(call.Text(1)));
    }
}
