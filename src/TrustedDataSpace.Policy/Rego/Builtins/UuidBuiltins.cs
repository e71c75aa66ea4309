using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>UUIDs and random numbers: the same arguments give the same value throughout one evaluation.</summary>
internal static class UuidBuiltins
{
    /// <summary>100 ns steps from the epoch of UUIDs (15 October 1582) to 1970.</summary>
    private const long EpochShift = 122_192_928_000_000_000;

    public static IEnumerable<Builtin> All =>
    [
        new("uuid.rfc4122", 1, Make),
        new("uuid.parse", 1, Parse),
        new("rand.intn", 2, RandomInteger),
    ];

    private static RegoString Make(BuiltinCall call)
    {
        var bytes = Draw(call, "uuid", call.Text(0))[..16];
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new RegoString(new Guid(bytes, bigEndian: true).ToString());
    }

    private static RegoNumber RandomInteger(BuiltinCall call)
    {
        var bound = System.Numerics.BigInteger.Abs(call.Integer(1));
        var drawn = new System.Numerics.BigInteger(Draw(call, "intn", $"{bound} {call.Text(0)}"), isUnsigned: true);
        return new RegoNumber(bound.IsZero ? bound : drawn % bound);
    }

    private static byte[] Draw(BuiltinCall call, string use, string key) =>
        HMACSHA256.HashData(call.Evaluation.RandomKey, Encoding.UTF8.GetBytes(use + " " + key));

    private static RegoObject? Parse(BuiltinCall call)
    {
        if (!TryRead(call.Text(0), out var uuid))
        {
            return null;
        }

        var bytes = uuid.ToByteArray(bigEndian: true);
        var version = bytes[6] >> 4;
        var fields = new RegoObject(8);
        void Set(string name, RegoValue value) => fields.Set(new RegoString(name), value);
        Set("version", new RegoNumber(version));
        Set("variant", new RegoString(bytes[8] switch
        {
            >= 0xE0 => "Future",
            >= 0xC0 => "Microsoft",
            >= 0x80 => "RFC4122",
            _ => "Reserved",
        }));
        if (version is not (1 or 2))
        {
            return fields;
        }

        var low = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var steps = low | ((long)BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(4)) << 32) | ((BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(6)) & 0xFFFL) << 48);
        Set("time", new RegoNumber(unchecked((steps - EpochShift) * 100)));
        Set("clocksequence", new RegoNumber(BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(8)) & 0x3FFF));
        Set("nodeid", new RegoString(string.Join('-', bytes[10..].Select(part => Convert.ToHexStringLower([part])))));
        Set("macvariables", new RegoString(((bytes[10] & 2) != 0 ? "local" : "global") + ((bytes[10] & 1) != 0 ? ":multicast" : ":unicast")));
        if (version == 2)
        {
            Set("id", new RegoNumber(low));
            Set("domain", new RegoString(bytes[9] switch { 0 => "Person", 1 => "Group", 2 => "Org", var other => $"Domain{other}" }));
        }

        return fields;
    }

    /// <summary>Plain, without dashes, as a URN (RFC 8141 §2: in any case), or between two characters of which nothing is asked.</summary>
    private static bool TryRead(string text, out Guid uuid)
    {
        if (text.StartsWith("urn:uuid:", StringComparison.OrdinalIgnoreCase) && text.Length == 45)
        {
            text = text[9..];
        }
        else if (Encoding.UTF8.GetByteCount(text) == 38 && text.Length == 38)
        {
            text = text[1..37];
        }

        return Guid.TryParseExact(text, text.Length == 32 ? "N" : "D", out uuid);
    }
}
