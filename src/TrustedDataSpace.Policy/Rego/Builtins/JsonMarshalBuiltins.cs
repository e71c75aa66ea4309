using System.Text;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>JSON text as Go writes it, on one line or indented.</summary>
internal static class JsonMarshalBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("json.marshal", 1, call => new RegoString(Compact(call[0]))),
        new("json.marshal_with_options", 2, MarshalWithOptions),
    ];

    /// <summary>Go escapes what could end a script element in a page.</summary>
    private static string Compact(RegoValue value)
    {
        var json = value.ToJsonString();
        return json.AsSpan().IndexOfAny("<>&\u2028\u2029") < 0
            ? json
            : json.Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal)
                .Replace("&", "\\u0026", StringComparison.Ordinal).Replace("\u2028", "\\u2028", StringComparison.Ordinal)
                .Replace("\u2029", "\\u2029", StringComparison.Ordinal);
    }

    private static RegoString MarshalWithOptions(BuiltinCall call)
    {
        var (prefix, indent, isPretty) = ("", "\t", (bool?)null);
        foreach (var (key, value) in call.Object(1).Entries)
        {
            switch ((key as RegoString)?.Value, value)
            {
                case ("prefix", RegoString text):
                    prefix = text.Value;
                    isPretty ??= true;
                    break;
                case ("indent", RegoString text):
                    indent = text.Value;
                    isPretty ??= true;
                    break;
                case ("pretty", RegoBoolean boolean):
                    isPretty = boolean.Value;
                    break;
                case ("prefix" or "indent" or "pretty", _):
                    throw new BuiltinException(
                        RegoEvaluationException.Type, $"operand 2: key {key} failed cast to {(key.Equals(new RegoString("pretty")) ? "bool" : "string")}");
                default:
                    throw new BuiltinException(RegoEvaluationException.Type, $"operand 2: object contained unknown key {key}");
            }
        }

        if (isPretty is not true)
        {
            return new RegoString(Compact(call[0]));
        }

        var result = new StringBuilder(prefix);
        Append(result, call[0], "\n" + prefix, indent);
        return new RegoString(result.ToString());
    }

    private static void Append(StringBuilder result, RegoValue value, string line, string indent)
    {
        switch (value)
        {
            case RegoObject { Count: > 0 } @object:
                AppendAll(result, '{', '}', line, indent, @object.Entries, (entry, inner) =>
                {
                    result.Append(Compact(entry.Key is RegoString ? entry.Key : new RegoString(entry.Key.ToJsonString()))).Append(": ");
                    Append(result, entry.Value, inner, indent);
                });
                break;
            case RegoArray { Count: > 0 } array:
                AppendAll(result, '[', ']', line, indent, array, (item, inner) => Append(result, item, inner, indent));
                break;
            case RegoSet { Count: > 0 } set:
                AppendAll(result, '[', ']', line, indent, set.Items, (item, inner) => Append(result, item, inner, indent));
                break;
            default:
                result.Append(Compact(value));
                break;
        }
    }

    private static void AppendAll<T>(
        StringBuilder result, char open, char close, string line, string indent, IEnumerable<T> items, Action<T, string> append)
    {
        var (inner, separator) = (line + indent, "");
        result.Append(open);
        foreach (var item in items)
        {
            result.Append(separator).Append(inner);
            append(item, inner);
            separator = ",";
        }

        result.Append(line).Append(close);
    }
}
