using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>The addresses from a first one on, as many as the prefix leaves open.</summary>
internal sealed record AddressRange(AddressFamily Family, BigInteger First, int FreeBits)
{
    public BigInteger Size => BigInteger.One << FreeBits;

    public static AddressRange? TryParse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash >= 0 && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var prefix)
            ? Make(text[..slash], prefix)
            : null;
    }

    public static AddressRange? TryParseAddress(string text) => Make(text, null);

    public bool Contains(AddressRange other) =>
        Family == other.Family && FreeBits >= other.FreeBits && other.First >> FreeBits == First >> FreeBits;

    public IEnumerable<string> Addresses()
    {
        for (var i = BigInteger.Zero; i < Size; i++)
        {
            yield return Format(First + i);
        }
    }

    /// <summary>In CIDR notation.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Format(First)}/{Bits - FreeBits}");

    /// <summary>An IPv4 address alone stands for the network of its old class (RFC 791 §3.2), as in OPA.</summary>
    public static AddressRange? TryParseClassful(string text) =>
        text.Contains(':', StringComparison.Ordinal) || Make(text, null) is not { } address
            ? null
            : (int)(address.First >> 24) switch
            {
                < 128 => Make(text, 8),
                < 192 => Make(text, 16),
                < 224 => Make(text, 24),
                _ => null,
            };

    /// <summary>The fewest ranges with the same addresses; all of one family.</summary>
    public static IEnumerable<AddressRange> Merge(IEnumerable<AddressRange> ranges)
    {
        var merged = new Stack<(AddressFamily Family, BigInteger First, BigInteger End)>();
        foreach (var range in ranges.OrderBy(range => range.First))
        {
            var end = range.First + range.Size;
            if (merged.TryPeek(out var last) && range.First <= last.End)
            {
                merged.Pop();
                merged.Push((last.Family, last.First, BigInteger.Max(last.End, end)));
            }
            else
            {
                merged.Push((range.Family, range.First, end));
            }
        }

        return merged.SelectMany(span => Cover(span.Family, span.First, span.End));
    }

    private static IEnumerable<AddressRange> Cover(AddressFamily family, BigInteger first, BigInteger end)
    {
        while (first < end)
        {
            var free = first.IsZero ? BitsOf(family) : (int)BigInteger.TrailingZeroCount(first);
            while (first + (BigInteger.One << free) > end)
            {
                free--;
            }

            yield return new AddressRange(family, first, free);
            first += BigInteger.One << free;
        }
    }

    private int Bits => BitsOf(Family);

    private static int BitsOf(AddressFamily family) => family == AddressFamily.InterNetwork ? 32 : 128;

    private string Format(BigInteger address)
    {
        var bytes = address.ToByteArray(isUnsigned: true, isBigEndian: true);
        var padded = new byte[Bits / 8];
        bytes.CopyTo(padded, padded.Length - bytes.Length);
        return Family == AddressFamily.InterNetwork ? new IPAddress(padded).ToString() : FormatGroups(padded);
    }

    /// <summary>RFC 5952 §4: the first longest run of zero groups is left out; no dotted part.</summary>
    private static string FormatGroups(byte[] bytes)
    {
        var groups = Enumerable.Range(0, 8).Select(i => (bytes[2 * i] << 8) | bytes[(2 * i) + 1]).ToArray();
        var (start, length) = (8, 1);
        for (var i = 0; i < 8; i++)
        {
            var run = groups.Skip(i).TakeWhile(group => group == 0).Count();
            (start, length) = run > length ? (i, run) : (start, length);
        }

        string Join(IEnumerable<int> part) => string.Join(':', part.Select(group => group.ToString("x", CultureInfo.InvariantCulture)));
        return length < 2 ? Join(groups) : Join(groups.Take(start)) + "::" + Join(groups.Skip(start + length));
    }

    private static AddressRange? Make(string text, int? prefix)
    {
        // .NET also reads "1" and "0x7f.1" as addresses, and zones after '%': only the plain notations are meant here.
        var isPlain = text.Contains(':', StringComparison.Ordinal)
            ? text.All(unit => char.IsAsciiHexDigit(unit) || unit is ':' or '.')
            : text.Split('.') is { Length: 4 } parts && parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit) && (part == "0" || part[0] != '0'));
        if (!isPlain || !IPAddress.TryParse(text, out var address))
        {
            return null;
        }

        var bytes = address.GetAddressBytes();
        var freeBits = (bytes.Length * 8) - (prefix ?? bytes.Length * 8);
        return freeBits < 0
            ? null
            : new AddressRange(address.AddressFamily, (new BigInteger(bytes, isUnsigned: true, isBigEndian: true) >> freeBits) << freeBits, freeBits);
    }
}
