using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// A quick look at the bytes of an entry: whether they are surely in canonical form (RFC 8785), and who says it. It allocates nothing. What it does not
/// vouch for (escapes, fractions, names beyond ASCII, whatever is wrong) is left to the parser, which also says why.
/// </summary>
internal ref struct EntryScan
{
    private const int MaxDepth = 32;

    // No integer with so few digits loses any as a double.
    private const int MostDigits = 15;

    private static readonly SearchValues<byte> Ends = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(code => (byte)code), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySpan<byte> json;
    private ReadOnlySpan<byte> source;
    private int at;

    private EntryScan(ReadOnlySpan<byte> json) => this.json = json;

    /// <summary>True: an object in canonical form with that source. False: look closer.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out ReadOnlySpan<byte> source)
    {
        var scan = new EntryScan(json);
        var isSure = Utf8.IsValid(json) && json.Length > 0 && json[0] == '{' && scan.Value(0) && scan.at == json.Length && !scan.source.IsEmpty;
        source = scan.source;
        return isSure;
    }

    private bool Value(int depth)
    {
        if (at >= json.Length || depth > MaxDepth)
        {
            return false;
        }

        return json[at] switch
        {
            (byte)'{' => Object(depth),
            (byte)'[' => Array(depth),
            (byte)'"' => Text(out _),
            (byte)'t' => Literal("true"u8),
            (byte)'f' => Literal("false"u8),
            (byte)'n' => Literal("null"u8),
            _ => Integer(),
        };
    }

    private bool Object(int depth)
    {
        at++;
        if (Is((byte)'}'))
        {
            return true;
        }

        ReadOnlySpan<byte> before = default;
        for (var first = true; ; first = false)
        {
            // In ASCII the order of bytes is that of UTF-16 code units.
            if (at >= json.Length || json[at] != '"' || !Text(out var name) || !Ascii.IsValid(name) || (!first && before.SequenceCompareTo(name) >= 0) || !Is((byte)':'))
            {
                return false;
            }

            var begin = at;
            if (!Value(depth + 1))
            {
                return false;
            }

            if (depth == 0 && name.SequenceEqual("source"u8) && json[begin] == '"')
            {
                source = json[(begin + 1)..(at - 1)];
            }

            before = name;
            if (Is((byte)'}'))
            {
                return true;
            }

            if (!Is((byte)','))
            {
                return false;
            }
        }
    }

    private bool Array(int depth)
    {
        at++;
        if (Is((byte)']'))
        {
            return true;
        }

        while (Value(depth + 1))
        {
            if (Is((byte)']'))
            {
                return true;
            }

            if (!Is((byte)','))
            {
                return false;
            }
        }

        return false;
    }

    private bool Text(out ReadOnlySpan<byte> text)
    {
        var rest = json[(at + 1)..];
        var end = rest.IndexOfAny(Ends);
        if (end < 0 || rest[end] != '"')
        {
            text = default;
            return false;
        }

        text = rest[..end];
        at += end + 2;
        return true;
    }

    private bool Integer()
    {
        if (json[at] == '-')
        {
            at++;
            if (at >= json.Length || json[at] == '0')
            {
                return false;
            }
        }

        var begin = at;
        while (at < json.Length && json[at] is >= (byte)'0' and <= (byte)'9')
        {
            at++;
        }

        // What follows an integer is the end of its place; a fraction or an exponent is no business of this.
        return at - begin is > 0 and <= MostDigits && (at - begin == 1 || json[begin] != '0') && at < json.Length && json[at] is (byte)',' or (byte)'}' or (byte)']';
    }

    private bool Literal(ReadOnlySpan<byte> word)
    {
        if (!json[at..].StartsWith(word))
        {
            return false;
        }

        at += word.Length;
        return true;
    }

    private bool Is(byte wanted)
    {
        if (at >= json.Length || json[at] != wanted)
        {
            return false;
        }

        at++;
        return true;
    }
}
