using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace TrustedDataSpace.Hosting.Storage;

/// <summary>
/// Makes identifiers that sort in the order they were made, even within one millisecond or when the clock steps back:
/// UUID version 7 (RFC 9562 §5.7) with a counter in <c>rand_a</c> and the time never running backwards.
/// </summary>
public sealed class Ids(TimeProvider clock)
{
    private readonly Lock gate = new();
    private long last;

    /// <summary>From now on every new identifier sorts behind this one, made before a restart; null changes nothing.</summary>
    public void GoOnAfter(string? id)
    {
        if (id is null)
        {
            return;
        }

        // 48 bits of milliseconds, the version, 12 bits of counter.
        var made = (long.Parse(id.AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) << 12)
            | long.Parse(id.AsSpan(13, 3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        lock (gate)
        {
            last = Math.Max(last, made);
        }
    }

    /// <summary>A new identifier, 32 lower-case hexadecimal digits.</summary>
    public string Next()
    {
        long stamp;
        lock (gate)
        {
            // 48 bits of milliseconds and 12 bits of counter as one number: one more than the last, or the present time.
            last = Math.Max(last + 1, clock.GetUtcNow().ToUnixTimeMilliseconds() << 12);
            stamp = last;
        }

        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes[8..]);
        BinaryPrimitives.WriteInt64BigEndian(bytes, ((stamp >> 12) << 16) | 0x7000 | (stamp & 0xFFF));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return Convert.ToHexStringLower(bytes);
    }
}
