using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Json;

/// <summary>The JSON Canonicalization Scheme (RFC 8785): one document, one sequence of bytes, so that it can be hashed and signed.</summary>
public static class CanonicalJson
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The canonical bytes of a JSON value.</summary>
    /// <exception cref="RefusalException">Malformed: duplicate properties, unpaired surrogates, numbers that would lose digits.</exception>
    public static byte[] Bytes(JsonElement element)
    {
        try
        {
            var text = new StringBuilder();
            Append(text, element);
            return StrictUtf8.GetBytes(text.ToString());
        }
        catch (Exception e) when (e is InvalidOperationException or EncoderFallbackException)
        {
            throw Malformed("a string holds an unpaired surrogate", e);
        }
    }

    /// <summary>The canonical bytes of a value, written with <see cref="ProtocolJson.Options"/>.</summary>
    public static byte[] Bytes<T>(T value) => Bytes(ProtocolJson.ToElement(value));

    /// <summary>The hash of the canonical bytes, as <c>sha-256:</c> and 64 hexadecimal digits.</summary>
    public static string Hash(JsonElement element) => "sha-256:" + Convert.ToHexStringLower(SHA256.HashData(Bytes(element)));

    internal static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            // RFC 8785 §3.2.2.2: only these are escaped.
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append("\\u00").Append(((int)c).ToString("x2", System.Globalization.CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    private static void Append(StringBuilder text, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                AppendObject(text, element);
                break;
            case JsonValueKind.Array:
                AppendArray(text, element);
                break;
            case JsonValueKind.String:
                AppendString(text, element.GetString()!);
                break;
            case JsonValueKind.Number:
                text.Append(CanonicalNumber.Format(element.GetRawText()));
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            case JsonValueKind.Null:
                text.Append("null");
                break;
            default:
                throw Malformed("there is no value");
        }
    }

    private static void AppendObject(StringBuilder text, JsonElement element)
    {
        // RFC 8785 §3.2.3: sorted by UTF-16 code units, which is what an ordinal comparison of .NET strings does.
        var properties = element.EnumerateObject().Select(p => (p.Name, p.Value)).ToArray();
        Array.Sort(properties, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        text.Append('{');
        for (var i = 0; i < properties.Length; i++)
        {
            if (i > 0)
            {
                if (properties[i].Name == properties[i - 1].Name)
                {
                    throw Malformed($"the property \"{properties[i].Name}\" appears twice");
                }

                text.Append(',');
            }

            AppendString(text, properties[i].Name);
            text.Append(':');
            Append(text, properties[i].Value);
        }

        text.Append('}');
    }

    private static void AppendArray(StringBuilder text, JsonElement element)
    {
        text.Append('[');
        var first = true;
        foreach (var item in element.EnumerateArray())
        {
            if (!first)
            {
                text.Append(',');
            }

            first = false;
            Append(text, item);
        }

        text.Append(']');
    }

    private static RefusalException Malformed(string what, Exception? inner = null) =>
        new(RefusalCode.Malformed, $"The document has no canonical form: {what}.", inner) { Remedy = "Send I-JSON (RFC 7493)." };
}
