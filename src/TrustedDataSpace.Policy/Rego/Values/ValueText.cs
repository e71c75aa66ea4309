using System.Text;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>Values in Rego notation, as <c>sprintf</c> and template strings show them.</summary>
internal static class ValueText
{
    public static string Format(RegoValue value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    /// <summary>The same, except that a string at the top is written without quotes.</summary>
    public static string Display(RegoValue value) => value is RegoString text ? text.Value : Format(value);

    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var unit in text)
        {
            quoted.Append(unit switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => $"\\u{(int)unit:x4}",
                _ => unit.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private static void Append(StringBuilder text, RegoValue value)
    {
        switch (value)
        {
            case RegoNull:
                text.Append("null");
                break;
            case RegoBoolean boolean:
                text.Append(boolean.Value ? "true" : "false");
                break;
            case RegoString @string:
                text.Append(Quote(@string.Value));
                break;
            case RegoArray array:
                AppendItems(text, '[', array, ']');
                break;
            case RegoSet { Count: 0 }:
                text.Append("set()");
                break;
            case RegoSet set:
                AppendItems(text, '{', set.Items, '}');
                break;
            case RegoObject @object:
                AppendObject(text, @object);
                break;
            default:
                text.Append(value);
                break;
        }
    }

    private static void AppendItems(StringBuilder text, char open, IEnumerable<RegoValue> items, char close)
    {
        var separator = "";
        text.Append(open);
        foreach (var item in items)
        {
            text.Append(separator);
            Append(text, item);
            separator = ", ";
        }

        text.Append(close);
    }

    private static void AppendObject(StringBuilder text, RegoObject @object)
    {
        var separator = "";
        text.Append('{');
        foreach (var (key, value) in @object.Entries)
        {
            text.Append(separator);
            Append(text, key);
            text.Append(": ");
            Append(text, value);
            separator = ", ";
        }

        text.Append('}');
    }
}
