using System.Buffers;
using System.Buffers.Binary;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>The entries of a tile (C2SP tlog-tiles): each its length in two bytes, big-endian, and its canonical JSON.</summary>
public static class EntryBundle
{
    private const int LengthBytes = 2;

    /// <summary>Writes one entry behind those before it.</summary>
    public static void Append(IBufferWriter<byte> bundle, ReadOnlySpan<byte> entry)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)entry.Length));
        bundle.Write(length);
        bundle.Write(entry);
    }

    /// <summary>The entries, as parts of the given bytes.</summary>
    /// <exception cref="InvalidDataException">It ends within an entry.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Read(ReadOnlyMemory<byte> bundle)
    {
        var entries = new List<ReadOnlyMemory<byte>>(TilePath.FullWidth);
        while (bundle.Length > 0)
        {
            var length = bundle.Length < LengthBytes ? int.MaxValue : BinaryPrimitives.ReadUInt16BigEndian(bundle.Span);
            if (length > bundle.Length - LengthBytes)
            {
                throw new InvalidDataException($"it ends within entry {entries.Count} of the bundle");
            }

            entries.Add(bundle.Slice(LengthBytes, length));
            bundle = bundle[(LengthBytes + length)..];
        }

        return entries;
    }
}
