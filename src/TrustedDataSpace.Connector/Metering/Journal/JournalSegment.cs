using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.InteropServices;

namespace TrustedDataSpace.Connector.Metering.Journal;

/// <summary>
/// One of the two files of the journal, mapped into memory: what is written is the operating system's at once, so it outlives the
/// process without a system call. An entry is its length, a checksum and its bytes; the checksum covers generation and place, so
/// that a half-written entry, or one of an earlier filling, ends the reading.
/// </summary>
internal sealed class JournalSegment : IDisposable
{
    /// <summary>Where the first entry begins: behind mark and generation.</summary>
    public const int Start = 16;

    private const long Mark = 0x314A_5355_2D53_4454;
    private const int EntryHead = 8;
    private const int Alignment = 8;

    private readonly MappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly SafeBuffer memory;
    private readonly int capacity;

    /// <param name="path">The file; made when absent.</param>
    /// <param name="capacity">Bytes.</param>
    public JournalSegment(string path, int capacity)
    {
        this.capacity = capacity;
        file = new MappedFile(path, capacity);
        (view, memory) = (file.View, file.Memory);
        Generation = view.ReadInt64(0) == Mark ? view.ReadInt64(8) : 0;
    }

    /// <summary>0: never filled.</summary>
    public long Generation { get; private set; }

    /// <summary>Begins a new filling: nothing that is in the file counts any longer.</summary>
    public void Begin(long generation)
    {
        view.Write(8, generation);
        view.Write(0, Mark);
        Generation = generation;
    }

    /// <summary>Writes an entry; returns where the next one begins, or 0 when there is no room.</summary>
    public int Write(int offset, ReadOnlySpan<byte> entry)
    {
        var next = Next(offset, entry.Length);
        if (next > capacity)
        {
            return 0;
        }

        Span<byte> head = stackalloc byte[EntryHead];
        BinaryPrimitives.WriteInt32LittleEndian(head, entry.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], Checksum(offset, entry));
        Copy(offset + EntryHead, entry);
        Copy(offset, head);
        return next;
    }

    /// <summary>The entry that begins there and where the next one begins; null where there is none.</summary>
    public (byte[] Entry, int Next)? Read(int offset)
    {
        if (offset + EntryHead > capacity)
        {
            return null;
        }

        var length = view.ReadInt32(offset);
        if (length <= 0 || length > capacity || Next(offset, length) > capacity)
        {
            return null;
        }

        var entry = new byte[length];
        view.ReadArray(offset + EntryHead, entry, 0, length);
        return view.ReadUInt32(offset + 4) == Checksum(offset, entry) ? (entry, Next(offset, length)) : null;
    }

    public void Dispose() => file.Dispose();

    // In words: the platform copies into mapped memory element by element.
    private void Copy(int offset, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        var rest = words.Length * sizeof(ulong);
        memory.WriteSpan((ulong)offset, words);
        memory.WriteSpan((ulong)(offset + rest), bytes[rest..]);
    }

    private static int Next(int offset, int length) => (offset + EntryHead + length + Alignment - 1) & -Alignment;

    private uint Checksum(int offset, ReadOnlySpan<byte> entry)
    {
        var sum = BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, (ulong)Generation), (uint)offset);
        var words = MemoryMarshal.Cast<byte, ulong>(entry);
        foreach (var word in words)
        {
            sum = BitOperations.Crc32C(sum, word);
        }

        foreach (var rest in entry[(words.Length * sizeof(ulong))..])
        {
            sum = BitOperations.Crc32C(sum, rest);
        }

        return sum;
    }
}
