namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Text, or an action: what it shows, decides or repeats.</summary>
/// <param name="Keyword"><c>text</c>, <c>if</c>, <c>with</c>, <c>range</c>, or empty for a value.</param>
/// <param name="Text">The text, if it is one.</param>
/// <param name="Variables">The names that the action declares.</param>
/// <param name="Pipeline">Commands, each a list of words.</param>
internal sealed record TemplateNode(string Keyword, string Text, string[] Variables, IReadOnlyList<IReadOnlyList<string>> Pipeline)
{
    public List<TemplateNode> Body { get; } = [];

    public List<TemplateNode> Otherwise { get; } = [];
}

/// <summary>Reads a template of Go's <c>text/template</c> to a tree.</summary>
internal sealed class TemplateReader(string template)
{
    private int position;

    public List<TemplateNode> ReadAll()
    {
        var nodes = new List<TemplateNode>();
        return ReadInto(nodes, 0) is { } stray ? throw BuiltinException.Failed($"template: unexpected {{{{{stray}}}}}") : nodes;
    }

    /// <summary>Commands that are joined by bars, each a list of words; what is in parentheses is one word.</summary>
    public static List<IReadOnlyList<string>> ReadPipeline(string text)
    {
        var commands = new List<IReadOnlyList<string>>();
        var words = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            if (text[i] == '|')
            {
                commands.Add(words);
                words = [];
                i++;
                continue;
            }

            var end = EndOfWord(text, i);
            words.Add(text[i..end]);
            i = end;
        }

        commands.Add(words);
        return commands.All(command => command.Count > 0) ? commands : throw BuiltinException.Failed("template: missing value for command");
    }

    private static int EndOfWord(string text, int start)
    {
        var depth = 0;
        for (var i = start; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '"' or '`':
                    var quote = text[i];
                    for (i++; i < text.Length && text[i] != quote; i++)
                    {
                        i += quote == '"' && text[i] == '\\' ? 1 : 0;
                    }

                    break;
                case '(':
                    depth++;
                    break;
                case ')' when --depth < 0:
                    throw BuiltinException.Failed("template: unexpected right paren");
                case ')':
                    break;
                case var unit when depth == 0 && (char.IsWhiteSpace(unit) || unit == '|'):
                    return i;
            }
        }

        return depth == 0 ? text.Length : throw BuiltinException.Failed("template: unclosed left paren");
    }

    /// <summary>Reads up to an action that ends the block and returns that action; null at the end of the template.</summary>
    private string? ReadInto(List<TemplateNode> nodes, int depth)
    {
        if (depth > 100)
        {
            throw BuiltinException.Failed("template: nested too deeply");
        }

        while (position < template.Length)
        {
            var open = template.IndexOf("{{", position, StringComparison.Ordinal);
            var text = open < 0 ? template[position..] : template[position..open];
            if (position > 0 && TrimsBefore())
            {
                text = text.TrimStart();
            }

            position = open < 0 ? template.Length : open + 2;
            var action = open < 0 ? null : ReadAction(ref text);
            if (text.Length > 0)
            {
                nodes.Add(new TemplateNode("text", text, [], []));
            }

            if (action is null or ['/', '*', ..])
            {
                continue;
            }

            if (action is "end" || action.Split(' ')[0] == "else")
            {
                return action;
            }

            nodes.Add(ReadNode(action, depth));
        }

        return null;
    }

    private bool TrimsBefore() => position >= 4 && template.AsSpan(0, position).EndsWith("-}}") && char.IsWhiteSpace(template[position - 4]);

    private string ReadAction(ref string before)
    {
        var close = position;
        for (char? quote = null; close < template.Length && (quote is not null || string.CompareOrdinal(template, close, "}}", 0, 2) != 0); close++)
        {
            quote = quote is null ? template[close] is '"' or '`' ? template[close] : null : template[close] == quote ? null : quote;
        }

        if (close >= template.Length)
        {
            throw BuiltinException.Failed("template: unclosed action");
        }

        var action = template[position..close];
        position = close + 2;
        if (action.Length > 1 && action[0] == '-' && char.IsWhiteSpace(action[1]))
        {
            before = before.TrimEnd();
            action = action[1..];
        }

        return (action.Length > 1 && action[^1] == '-' && char.IsWhiteSpace(action[^2]) ? action[..^1] : action).Trim();
    }

    private TemplateNode ReadNode(string action, int depth)
    {
        var keyword = action.Split(' ')[0];
        if (keyword is not ("if" or "with" or "range"))
        {
            return Node("", action);
        }

        var node = Node(keyword, action[keyword.Length..]);
        var end = ReadInto(node.Body, depth + 1);
        while (end is not null and not "end")
        {
            var rest = end["else".Length..].Trim();
            if (rest.Length > 0)
            {
                // "else if" is an if of its own inside the else, which the same end closes.
                node.Otherwise.Add(ReadNode(rest, depth + 1));
                return node;
            }

            end = ReadInto(node.Otherwise, depth + 1);
        }

        return end is null ? throw BuiltinException.Failed("template: unexpected EOF") : node;
    }

    private static TemplateNode Node(string keyword, string text)
    {
        var mark = text.IndexOf(":=", StringComparison.Ordinal);
        string[] variables = mark < 0 || !text.TrimStart().StartsWith('$') ? [] : text[..mark].Split(',', StringSplitOptions.TrimEntries);
        return new TemplateNode(keyword, "", variables, ReadPipeline(variables.Length == 0 ? text : text[(mark + 2)..]));
    }
}
