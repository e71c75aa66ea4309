using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>YAML documents with the types of JSON.</summary>
internal static partial class YamlBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("yaml.marshal", 1, call => new RegoString(YamlWriter.Write(call[0]))),
        new("yaml.unmarshal", 1, call => Read(call, call.Text(0))),
        new("yaml.is_valid", 1, call => RegoBoolean.Of(call[0] is RegoString text && IsValid(call, text.Value))),
    ];

    [GeneratedRegex(@"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex NumberPattern();

    private static bool IsValid(BuiltinCall call, string text)
    {
        try
        {
            Read(call, text);
            return true;
        }
        catch (BuiltinException)
        {
            return false;
        }
    }

    private static RegoValue Read(BuiltinCall call, string text)
    {
        try
        {
            var reader = new Reader(call, new Parser(new StringReader(text)));
            return reader.ReadDocument();
        }
        catch (YamlException invalid)
        {
            var message = invalid.Message.Split(", ", 2) is [var context, var problem] && context.StartsWith("While ", StringComparison.OrdinalIgnoreCase)
                ? problem
                : invalid.Message;

            // At the end of the text the reader has gone one line on.
            var line = Math.Min(invalid.Start.Line, text.AsSpan().Count('\n') + 1);
            throw BuiltinException.Failed($"yaml: line {line}: {message}");
        }
    }

    /// <summary>The plain scalars of YAML 1.1 as Go reads them; the words yes, no, on and off are texts.</summary>
    public static RegoValue ReadPlain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return RegoNull.Instance;
            case "true" or "True" or "TRUE":
                return RegoBoolean.True;
            case "false" or "False" or "FALSE":
                return RegoBoolean.False;
        }

        var digits = text.Replace("_", "", StringComparison.Ordinal);
        if (digits.StartsWith("0x", StringComparison.Ordinal) &&
            long.TryParse(digits.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hex))
        {
            return new RegoNumber(hex);
        }

        if (!NumberPattern().IsMatch(digits) || !char.IsAsciiDigit(text[^1]) && text[^1] != '.')
        {
            return new RegoString(text);
        }

        var json = digits.TrimStart('+');
        var sign = json.StartsWith('-') ? "-" : "";
        json = json[sign.Length..];
        if (json.Length > 1 && json[0] == '0' && json.All(unit => unit is >= '0' and <= '7'))
        {
            return new RegoNumber(sign.Length > 0 ? -Convert.ToInt64(json, 8) : Convert.ToInt64(json, 8));
        }

        json = json.StartsWith('.') ? "0" + json : json;
        json = json.Replace(".e", ".0e", StringComparison.OrdinalIgnoreCase);
        return RegoNumber.Parse(sign + (json.EndsWith('.') ? json + "0" : json));
    }

    /// <summary>Reads events, so that the size of what aliases make is counted while it is made.</summary>
    private sealed class Reader(BuiltinCall call, IParser parser)
    {
        private readonly Dictionary<AnchorName, (RegoValue Value, long Size)> anchors = [];
        private long size;
        private int depth;

        public RegoValue ReadDocument()
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                return RegoNull.Instance;
            }

            var value = ReadNode();
            parser.Consume<DocumentEnd>();
            return value;
        }

        private RegoValue ReadNode()
        {
            call.Evaluation.Descend();
            if (++depth > JsonReading.MaxDepth)
            {
                throw BuiltinException.Failed($"yaml: nested more than {JsonReading.MaxDepth} levels deep");
            }

            var value = ReadNodeHere();
            depth--;
            return value;
        }

        private RegoValue ReadNodeHere()
        {
            if (parser.TryConsume<AnchorAlias>(out var alias))
            {
                var (known, itsSize) = anchors.TryGetValue(alias.Value, out var found)
                    ? found
                    : throw new YamlException(alias.Start, alias.End, $"unknown anchor '{alias.Value}' referenced");
                size += itsSize;
                call.Evaluation.Spend(itsSize);
                return known;
            }

            var before = size++;
            var anchor = (parser.Current as NodeEvent)?.Anchor ?? AnchorName.Empty;
            var value = parser.Current switch
            {
                SequenceStart => ReadSequence(),
                MappingStart => ReadMapping(),
                _ => ReadScalar(parser.Consume<Scalar>()),
            };
            if (!anchor.IsEmpty)
            {
                anchors[anchor] = (value, size - before);
            }

            return value;
        }

        private RegoArray ReadSequence()
        {
            parser.Consume<SequenceStart>();
            var items = new RegoArray(4);
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Append(ReadNode());
            }

            return items;
        }

        private RegoObject ReadMapping()
        {
            var start = parser.Consume<MappingStart>();
            var result = new RegoObject(4);
            var merged = new List<RegoObject>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var isMerge = parser.Current is Scalar { Value: "<<", Style: ScalarStyle.Plain };
                var key = ReadNode();
                var value = ReadNode();
                if (isMerge)
                {
                    merged.AddRange(value is RegoArray many ? many.OfType<RegoObject>() : value is RegoObject one ? [one] : []);
                }
                else if (key is RegoArray or RegoObject)
                {
                    throw new YamlException(start.Start, start.End, "invalid map key");
                }
                else
                {
                    result.Set(key as RegoString ?? new RegoString(key.ToJsonString()), value);
                }
            }

            foreach (var (key, value) in merged.SelectMany(source => source.Entries).Where(entry => result.Lookup(entry.Key) is null).ToList())
            {
                result.TryAdd(key, value);
            }

            return result;
        }

        private static RegoValue ReadScalar(Scalar scalar)
        {
            try
            {
                return scalar.Style != ScalarStyle.Plain || scalar.Tag == "tag:yaml.org,2002:str" ? new RegoString(scalar.Value) : ReadPlain(scalar.Value);
            }
            catch (Exception invalid) when (invalid is FormatException or OverflowException)
            {
                throw new YamlException(scalar.Start, scalar.End, invalid.Message);
            }
        }
    }
}

/// <summary>YAML in the style of Go: block style, keys in order, sequences as deep as their key.</summary>
internal static class YamlWriter
{
    public static string Write(RegoValue value)
    {
        var text = new StringBuilder();
        WriteNode(text, value, 0);
        return text.ToString();
    }

    private static void WriteNode(StringBuilder text, RegoValue value, int indent)
    {
        switch (value)
        {
            case RegoObject { Count: > 0 } @object:
                WriteMapping(text, @object, indent);
                break;
            case RegoArray { Count: > 0 } array:
                WriteSequence(text, array, indent);
                break;
            case RegoSet { Count: > 0 } set:
                WriteSequence(text, set.Items, indent);
                break;
            default:
                text.Append(Scalar(value, indent)).Append('\n');
                break;
        }
    }

    private static void WriteMapping(StringBuilder text, RegoObject @object, int indent)
    {
        var isFirst = true;
        foreach (var (key, value) in @object.Entries)
        {
            text.Append(' ', isFirst ? 0 : indent);
            isFirst = false;
            text.Append(Scalar(key as RegoString ?? new RegoString(key.ToJsonString()), indent)).Append(':');
            if (IsBlock(value))
            {
                var inner = value is RegoObject ? indent + 2 : indent;
                text.Append('\n').Append(' ', inner);
                WriteNode(text, value, inner);
            }
            else
            {
                text.Append(' ');
                WriteNode(text, value, indent);
            }
        }
    }

    private static void WriteSequence(StringBuilder text, IEnumerable<RegoValue> items, int indent)
    {
        var isFirst = true;
        foreach (var item in items)
        {
            text.Append(' ', isFirst ? 0 : indent).Append("- ");
            isFirst = false;
            WriteNode(text, item, indent + 2);
        }
    }

    private static bool IsBlock(RegoValue value) => value is RegoObject { Count: > 0 } or RegoArray { Count: > 0 } or RegoSet { Count: > 0 };

    private static string Scalar(RegoValue value, int indent)
    {
        switch (value)
        {
            case RegoObject:
                return "{}";
            case RegoArray or RegoSet:
                return "[]";
            case RegoString text:
                return Text(text.Value, indent);
            default:
                return value.ToJsonString();
        }
    }

    private static string Text(string text, int indent)
    {
        if (text.Contains('\n', StringComparison.Ordinal) && !text.StartsWith(' ') && !text.Any(unit => unit < ' ' && unit != '\n'))
        {
            var margin = "\n" + new string(' ', indent + 2);
            var chomp = text.EndsWith("\n\n", StringComparison.Ordinal) ? "|+" : text.EndsWith('\n') ? "|" : "|-";
            return chomp + margin + text.TrimEnd('\n').Replace("\n", margin, StringComparison.Ordinal);
        }

        if (text.Any(char.IsControl) || YamlBuiltins.ReadPlain(text) is not RegoString || IsOldBoolean(text))
        {
            return ValueText.Quote(text);
        }

        var isSpecial = "-?:,[]{}#&*!|>'\"%@`".Contains(text[0], StringComparison.Ordinal) && !(text[0] is '-' or '?' or ':' && text.Length > 1 && text[1] != ' ');
        return isSpecial || text[0] == ' ' || text[^1] is ' ' or ':' || text.Contains(": ", StringComparison.Ordinal) || text.Contains(" #", StringComparison.Ordinal)
            ? "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'"
            : text;
    }

    /// <summary>Words that readers of YAML 1.1 take for booleans.</summary>
    private static bool IsOldBoolean(string text) => text.ToLowerInvariant() is "y" or "n" or "yes" or "no" or "on" or "off";
}
