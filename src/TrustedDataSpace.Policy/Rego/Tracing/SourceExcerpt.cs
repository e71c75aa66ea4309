namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>Finds the text of a condition. Where it ends is not kept by the parser, and follows from brackets, strings and line ends.</summary>
internal static class SourceExcerpt
{
    private const int MaxLength = 160;

    /// <summary>The condition that begins at a place, on one line.</summary>
    public static string ConditionAt(string text, SourceLocation location)
    {
        var start = Offset(text, location);
        var end = End(text, start);
        var words = string.Join(' ', text[start..end].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return words.Length <= MaxLength ? words : words[..(MaxLength - 1)] + "…";
    }

    private static int Offset(string text, SourceLocation location)
    {
        var offset = 0;
        for (var line = 1; line < location.Line; line++)
        {
            offset = text.IndexOf('\n', offset) + 1;
        }

        return Math.Min(text.Length, offset + location.Column - 1);
    }

    private static int End(string text, int start)
    {
        var depth = 0;
        for (var at = start; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '(' or '[' or '{':
                    depth++;
                    break;
                case ')' or ']' or '}' when --depth < 0:
                case '\n' or ';' or '#' when depth == 0:
                    return at;
                case '"' or '`':
                    at = AfterString(text, at);
                    break;
                case 'e' or 'i' when depth == 0 && at > start && text[at - 1] == ' ' && (text.AsSpan(at).StartsWith("else ") || text.AsSpan(at).StartsWith("if ")):
                    return at;
            }
        }

        return text.Length;
    }

    private static int AfterString(string text, int open)
    {
        var at = open + 1;
        while (at < text.Length && text[at] != text[open])
        {
            at += text[open] == '"' && text[at] == '\\' ? 2 : 1;
        }

        return at;
    }
}
