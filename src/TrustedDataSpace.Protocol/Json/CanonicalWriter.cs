using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Json;

/// <summary>
/// Writes canonical JSON (RFC 8785) as bytes. What stands in a document in the canonical way already, as nearly all of it does, is copied as it
/// stands: every contract and every entry of evidence goes through here several times.
/// </summary>
internal sealed class CanonicalWriter : IDisposable
{
    private const int LongestPlainNumber = 15;

    // RFC 8785 §3.2.2.2.
    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(code => (char)code), '"', '\\']);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly Comparison<JsonProperty> ByPlainName = (one, other) =>
        JsonMarshal.GetRawUtf8PropertyName(one).SequenceCompareTo(JsonMarshal.GetRawUtf8PropertyName(other));

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(1024);
    private int length;

    /// <summary>What was written; until the writer is disposed of.</summary>
    public ReadOnlySpan<byte> Written => buffer.AsSpan(0, length);

    /// <summary>Writes bytes that are canonical JSON, or a part of it.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        if (buffer.Length - length < bytes.Length)
        {
            Grow(bytes.Length);
        }

        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
    }

    /// <summary>Writes a text as JSON string.</summary>
    /// <exception cref="EncoderFallbackException">It holds an unpaired surrogate.</exception>
    public void Text(string value)
    {
        if (value.AsSpan().ContainsAny(Escaped))
        {
            var text = new StringBuilder(value.Length + 16);
            CanonicalJson.AppendString(text, value);
            Encode(text.ToString());
        }
        else
        {
            Raw("\""u8);
            Encode(value);
            Raw("\""u8);
        }
    }

    /// <summary>Writes a value.</summary>
    /// <exception cref="RefusalException">Malformed: it has no canonical form.</exception>
    /// <exception cref="InvalidOperationException">A text in it is no Unicode.</exception>
    /// <exception cref="EncoderFallbackException">A text in it holds an unpaired surrogate.</exception>
    public void Value(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                Object(element);
                break;
            case JsonValueKind.Array:
                Array(element);
                break;
            case JsonValueKind.String:
                String(element);
                break;
            case JsonValueKind.Number:
                Number(element);
                break;
            case JsonValueKind.True:
                Raw("true"u8);
                break;
            case JsonValueKind.False:
                Raw("false"u8);
                break;
            case JsonValueKind.Null:
                Raw("null"u8);
                break;
            default:
                throw CanonicalJson.Malformed("there is no value");
        }
    }

    /// <summary>Writes an object without some of its properties.</summary>
    public void ObjectWithout(JsonElement element, IReadOnlyList<string> names)
    {
        var properties = ArrayPool<JsonProperty>.Shared.Rent(element.GetPropertyCount());
        try
        {
            var count = 0;
            var plain = true;
            foreach (var property in element.EnumerateObject())
            {
                if (names.Count > 0 && names.Contains(property.Name))
                {
                    continue;
                }

                var name = JsonMarshal.GetRawUtf8PropertyName(property);
                plain &= Ascii.IsValid(name) && !name.Contains((byte)'\\');
                properties[count++] = property;
            }

            Raw("{"u8);
            if (plain)
            {
                PlainNames(properties.AsSpan(0, count));
            }
            else
            {
                OtherNames(properties.AsSpan(0, count));
            }

            Raw("}"u8);
        }
        finally
        {
            ArrayPool<JsonProperty>.Shared.Return(properties, clearArray: true);
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        (buffer, length) = ([], 0);
    }

    private void Encode(string text)
    {
        var most = StrictUtf8.GetMaxByteCount(text.Length);
        if (buffer.Length - length < most)
        {
            Grow(most);
        }

        length += StrictUtf8.GetBytes(text, buffer.AsSpan(length));
    }

    private void String(JsonElement element)
    {
        // Without an escape it is what a canonical writer would write: what must be escaped cannot stand there otherwise.
        var raw = JsonMarshal.GetRawUtf8Value(element);
        if (raw.Contains((byte)'\\') || !Utf8.IsValid(raw))
        {
            Text(element.GetString()!);
        }
        else
        {
            Raw(raw);
        }
    }

    private void Number(JsonElement element)
    {
        var raw = JsonMarshal.GetRawUtf8Value(element);
        var digits = raw[0] == '-' ? raw[1..] : raw;
        if (digits.Length <= LongestPlainNumber && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') && (raw[0] != '-' || raw[1] != '0'))
        {
            Raw(raw);
        }
        else
        {
            Raw(Encoding.ASCII.GetBytes(CanonicalNumber.Format(Encoding.ASCII.GetString(raw))));
        }
    }

    private void Array(JsonElement element)
    {
        Raw("["u8);
        var first = true;
        foreach (var item in element.EnumerateArray())
        {
            if (!first)
            {
                Raw(","u8);
            }

            first = false;
            Value(item);
        }

        Raw("]"u8);
    }

    private void Object(JsonElement element) => ObjectWithout(element, []);

    // In ASCII the order of the bytes is that of the UTF-16 code units, which RFC 8785 §3.2.3 asks for.
    private void PlainNames(Span<JsonProperty> properties)
    {
        properties.Sort(ByPlainName);
        for (var i = 0; i < properties.Length; i++)
        {
            var name = JsonMarshal.GetRawUtf8PropertyName(properties[i]);
            if (i > 0)
            {
                if (name.SequenceEqual(JsonMarshal.GetRawUtf8PropertyName(properties[i - 1])))
                {
                    throw Twice(properties[i].Name);
                }

                Raw(","u8);
            }

            Raw("\""u8);
            Raw(name);
            Raw("\":"u8);
            Value(properties[i].Value);
        }
    }

    // An ordinal comparison of .NET strings is one of UTF-16 code units.
    private void OtherNames(ReadOnlySpan<JsonProperty> properties)
    {
        var named = new (string Name, JsonElement Value)[properties.Length];
        for (var i = 0; i < named.Length; i++)
        {
            named[i] = (properties[i].Name, properties[i].Value);
        }

        System.Array.Sort(named, (one, other) => string.CompareOrdinal(one.Name, other.Name));
        for (var i = 0; i < named.Length; i++)
        {
            if (i > 0)
            {
                if (named[i].Name == named[i - 1].Name)
                {
                    throw Twice(named[i].Name);
                }

                Raw(","u8);
            }

            Text(named[i].Name);
            Raw(":"u8);
            Value(named[i].Value);
        }
    }

    private void Grow(int more)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, length + more));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    private static RefusalException Twice(string name) => CanonicalJson.Malformed($"the property \"{name}\" appears twice");
}
