using System.Globalization;
using System.Text;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>URIs and their query parts.</summary>
internal static class UrlBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("urlquery.encode", 1, call => new RegoString(Encode(call.Text(0)))),
        new("urlquery.decode", 1, call => new RegoString(Decode(call.Text(0)))),
        new("urlquery.encode_object", 1, EncodeObject),
        new("urlquery.decode_object", 1, DecodeObject),
        new("uri.parse", 1, Parse),
        new("uri.is_valid", 1, call => RegoBoolean.Of(call[0] is RegoString text && IsValid(text.Value))),
    ];

    /// <summary>The components that are not empty.</summary>
    private static RegoObject Parse(BuiltinCall call)
    {
        var url = GoUrl.Parse(call.Text(0));
        (string Name, string Value)[] components =
        [
            ("scheme", url.Scheme), ("hostname", url.Hostname), ("port", url.Port), ("path", url.Path),
            ("raw_path", url.RawPath), ("raw_query", url.RawQuery), ("fragment", url.Fragment),
        ];
        return new RegoObject(components.Where(component => component.Value.Length > 0)
            .Select(component => KeyValuePair.Create<RegoValue, RegoValue>(new RegoString(component.Name), new RegoString(component.Value))));
    }

    private static bool IsValid(string text)
    {
        try
        {
            GoUrl.Parse(text);
            return true;
        }
        catch (BuiltinException)
        {
            return false;
        }
    }

    private static string Encode(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    private static string Decode(string text)
    {
        var parts = text.Replace('+', ' ').Split('%');
        var bytes = new List<byte>(Encoding.UTF8.GetBytes(parts[0]));
        foreach (var part in parts.Skip(1))
        {
            if (part.Length < 2 || !byte.TryParse(part.AsSpan(0, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                throw BuiltinException.Failed("invalid URL escape " + ValueText.Quote("%" + part[..Math.Min(part.Length, 2)]));
            }

            bytes.Add(value);
            bytes.AddRange(Encoding.UTF8.GetBytes(part[2..]));
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static RegoString EncodeObject(BuiltinCall call)
    {
        var pairs = new List<string>();
        foreach (var (key, value) in call.Object(0).Entries)
        {
            var name = key is RegoString text ? text.Value : throw BuiltinException.WrongType(0, "object with string keys", "object containing " + BuiltinCall.TypeName(key));
            IEnumerable<RegoValue> values = value switch { RegoArray array => array, RegoSet set => set.Items, _ => [value] };
            pairs.AddRange(values.Select(item => Encode(name) + "=" + Encode(item is RegoString content
                ? content.Value
                : throw BuiltinException.WrongType(0, "object with string values", "object containing " + BuiltinCall.TypeName(item)))));
        }

        return new RegoString(string.Join('&', pairs));
    }

    private static RegoObject DecodeObject(BuiltinCall call)
    {
        var result = new RegoObject(4);
        foreach (var pair in call.Text(0).Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var mark = pair.IndexOf('=', StringComparison.Ordinal);
            var name = new RegoString(Decode(mark < 0 ? pair : pair[..mark]));
            var value = new RegoString(mark < 0 ? "" : Decode(pair[(mark + 1)..]));
            result.Set(name, new RegoArray([.. result.Lookup(name) as RegoArray ?? RegoArray.Empty, value]));
        }

        return result;
    }
}
