using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Policy.Bundles;

namespace TrustedDataSpace.Hosting.Bundles;

/// <summary>
/// The hash of a file as OPA makes it for bundle signatures: Rego over its bytes; JSON over compact text with sorted keys, as Go's
/// encoder writes it, so that white space and order do not matter. Not RFC 8785: numbers stay as they are written.
/// </summary>
internal static class OpaFileHash
{
    public const string Algorithm = "SHA-256";

    /// <summary>In lower-case hexadecimal.</summary>
    /// <exception cref="JsonException">A JSON file holds no JSON.</exception>
    public static string Of(BundleFile file) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        file.Path.EndsWith(".rego", StringComparison.Ordinal) ? file.Text : Normalised(file.Text))));

    private static string Normalised(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        var text = new StringBuilder();
        Append(text, document.RootElement);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                // Go sorts strings by their UTF-8 bytes, which is the order of code points.
                var members = value.EnumerateObject().OrderBy(member => Encoding.UTF8.GetBytes(member.Name), ByteOrder.Instance);
                AppendAll(text, '{', members, '}', member =>
                {
                    AppendString(text, member.Name);
                    text.Append(':');
                    Append(text, member.Value);
                });
                break;
            case JsonValueKind.Array:
                AppendAll(text, '[', value.EnumerateArray(), ']', item => Append(text, item));
                break;
            case JsonValueKind.String:
                AppendString(text, value.GetString()!);
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void AppendAll<T>(StringBuilder text, char open, IEnumerable<T> items, char close, Action<T> append)
    {
        text.Append(open);
        var first = true;
        foreach (var item in items)
        {
            if (!first)
            {
                text.Append(',');
            }

            first = false;
            append(item);
        }

        text.Append(close);
    }

    // Go's encoding/json with SetEscapeHTML(false).
    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' or '\u2028' or '\u2029' => "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
                _ => c.ToString(),
            });
        }

        text.Append('"');
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
