using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Json;

/// <summary>The JSON Canonicalization Scheme (RFC 8785): one document, one sequence of bytes, so that it can be hashed and signed.</summary>
public static class CanonicalJson
{
    /// <summary>The canonical bytes of a JSON value.</summary>
    /// <exception cref="RefusalException">Malformed: duplicate properties, unpaired surrogates, numbers that would lose digits.</exception>
    public static byte[] Bytes(JsonElement element) => Write(element, (writer, value) => writer.Value(value), written => written.ToArray());

    /// <summary>The canonical bytes of a value, written with <see cref="ProtocolJson.Options"/>.</summary>
    public static byte[] Bytes<T>(T value) => Bytes(ProtocolJson.ToElement(value));

    /// <summary>The hash of the canonical bytes, as <c>sha-256:</c> and 64 hexadecimal digits.</summary>
    public static string Hash(JsonElement element) => Write(element, (writer, value) => writer.Value(value), Digest);

    /// <summary>The hash of an object without some of its properties.</summary>
    internal static string HashWithout(JsonElement element, IReadOnlyList<string> names) => Write((element, names), (writer, value) => writer.ObjectWithout(value.element, value.names), Digest);

    /// <summary>Writes canonical JSON, with what has no canonical form refused.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    internal static TResult Write<T, TResult>(T value, Action<CanonicalWriter, T> write, Func<ReadOnlySpan<byte>, TResult> read)
    {
        using var writer = new CanonicalWriter();
        try
        {
            write(writer, value);
        }
        catch (Exception e) when (e is InvalidOperationException or EncoderFallbackException)
        {
            throw Malformed("a string holds an unpaired surrogate", e);
        }

        return read(writer.Written);
    }

    internal static RefusalException Malformed(string what, Exception? inner = null) =>
        new(RefusalCode.Malformed, $"The document has no canonical form: {what}.", inner) { Remedy = "Send I-JSON (RFC 7493)." };

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

    private static string Digest(ReadOnlySpan<byte> bytes) => "sha-256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));
}
