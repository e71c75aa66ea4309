using System.Buffers.Text;
using System.IO.Compression;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>
/// One bit for each credential of an issuer: Bitstring Status List v1.0 §3, StatusList2021 §4. The first entry is the leftmost bit. Read once, asked in O(1).
/// Safe to read from many threads as long as nobody changes it.
/// </summary>
public sealed class StatusList
{
    /// <summary>The fewest entries of a list (§3.1): with fewer, the place would say too much about whom it is.</summary>
    public const int MinLength = 131_072;

    /// <summary>The most entries that are read here: 16 Mi, which are 2 MiB. More is a decompression bomb, or must be cut into several lists.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    // GZIP of any bits of that length is hardly longer than the bits; base64 adds a third.
    private const int MaxEncoded = 4 * 1024 * 1024;
    private const char Base64UrlMark = 'u';

    private readonly byte[] bits;

    private StatusList(byte[] bits) => this.bits = bits;

    /// <summary>A list in which no bit is set.</summary>
    /// <param name="length">The number of its entries, a multiple of 8.</param>
    public StatusList(int length = MinLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, MinLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxLength);
        ArgumentOutOfRangeException.ThrowIfNotEqual(length % 8, 0);
        bits = new byte[length / 8];
    }

    /// <summary>The number of its entries.</summary>
    public int Length => bits.Length * 8;

    /// <summary>Whether the bit is set.</summary>
    /// <exception cref="RefusalException">Unauthenticated: there is no such entry. (A status that cannot be read is none to pass over.)</exception>
    public bool IsSet(long index)
    {
        RequireEntry(index);
        return (bits[index / 8] & Mask(index)) != 0;
    }

    /// <summary>Sets or clears a bit.</summary>
    /// <exception cref="RefusalException">Unauthenticated: there is no such entry.</exception>
    public void Set(long index, bool value)
    {
        RequireEntry(index);
        if (value)
        {
            bits[index / 8] |= Mask(index);
        }
        else
        {
            bits[index / 8] &= (byte)~Mask(index);
        }
    }

    /// <summary>The list as its credential carries it (<c>encodedList</c>): GZIP, base64url without padding; data model 2.0 puts the mark of multibase before it.</summary>
    public string Encode(CredentialProfile profile)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(bits);
        }

        var text = Base64Url.EncodeToString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        return profile == CredentialProfile.Vc20 ? Base64UrlMark + text : text;
    }

    /// <summary>Reads an <c>encodedList</c>: with or without the mark of multibase, in either alphabet of base64, because StatusList2021 leaves that open.</summary>
    /// <exception cref="RefusalException">Unauthenticated: it is none, or it has too few or too many entries.</exception>
    public static StatusList Decode(string encoded)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        if (encoded.Length > MaxEncoded)
        {
            throw Refuse("it is too long");
        }

        // GZIP begins with 1F 8B, in base64 "H4s": the mark cannot be part of it.
        var text = encoded.StartsWith(Base64UrlMark) ? encoded[1..] : encoded;
        try
        {
            var compressed = Base64Url.DecodeFromChars(text.TrimEnd('=').Replace('+', '-').Replace('/', '_'));
            using var gzip = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress);
            return new StatusList(ReadBounded(gzip));
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            throw Refuse("it is no GZIP in base64url", e);
        }
    }

    private static byte[] ReadBounded(GZipStream gzip)
    {
        using var buffer = new MemoryStream();
        var block = new byte[64 * 1024];
        int read;
        while ((read = gzip.Read(block)) > 0)
        {
            buffer.Write(block, 0, read);
            if (buffer.Length > MaxLength / 8)
            {
                throw Refuse($"it has more than {MaxLength} entries");
            }
        }

        return buffer.Length >= MinLength / 8 ? buffer.ToArray() : throw Refuse($"it has fewer than {MinLength} entries");
    }

    private static byte Mask(long index) => (byte)(0x80 >> (int)(index % 8));

    private void RequireEntry(long index)
    {
        if (index < 0 || index >= Length)
        {
            throw CredentialReader.Refuse("credentialStatus.statusListIndex", $"the list has {Length} entries");
        }
    }

    private static RefusalException Refuse(string why, Exception? inner = null) => CredentialReader.Refuse("encodedList", why, inner);
}
