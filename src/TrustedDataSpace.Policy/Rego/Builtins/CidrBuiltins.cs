using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Ranges of addresses in CIDR notation. Nothing is looked up in the network.</summary>
internal static class CidrBuiltins
{
    /// <summary>A larger range is refused, because all its addresses are made in memory.</summary>
    private const int MaxExpansion = 1 << 20;

    public static IEnumerable<Builtin> All =>
    [
        new("net.cidr_is_valid", 1, call => RegoBoolean.Of(call[0] is RegoString text && AddressRange.TryParse(text.Value) is not null)),
        new("net.cidr_contains", 2, call => RegoBoolean.Of(Range(call, 0).Contains(RangeOrAddress(call, 1)))),
        new("net.cidr_intersects", 2, Intersects),
        new("net.cidr_expand", 1, Expand),
    ];

    private static AddressRange Range(BuiltinCall call, int operand) =>
        AddressRange.TryParse(call.Text(operand)) ?? throw BuiltinException.Failed($"invalid CIDR address: {call.Text(operand)}");

    private static AddressRange RangeOrAddress(BuiltinCall call, int operand)
    {
        var text = call.Text(operand);
        return text.Contains('/', StringComparison.Ordinal) ? Range(call, operand) : AddressRange.TryParseAddress(text)
            ?? throw BuiltinException.Failed($"not a valid textual representation of an IP address or CIDR: {text}");
    }

    private static RegoBoolean Intersects(BuiltinCall call)
    {
        var (x, y) = (Range(call, 0), Range(call, 1));
        return RegoBoolean.Of(x.Contains(y) || y.Contains(x));
    }

    private static RegoSet Expand(BuiltinCall call)
    {
        var range = Range(call, 0);
        if (range.Size > MaxExpansion)
        {
            throw BuiltinException.Failed($"the range has more than {MaxExpansion} addresses");
        }

        call.Evaluation.Spend((long)range.Size);
        return new RegoSet(range.Addresses().Select(address => new RegoString(address)));
    }
}

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
            var bytes = (First + i).ToByteArray(isUnsigned: true, isBigEndian: true);
            var padded = new byte[Family == AddressFamily.InterNetwork ? 4 : 16];
            bytes.CopyTo(padded, padded.Length - bytes.Length);
            yield return new IPAddress(padded).ToString();
        }
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
