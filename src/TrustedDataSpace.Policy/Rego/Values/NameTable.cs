using System.Buffers.Binary;
using System.Text;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>
/// The names that a program and its base documents use, one instance each: a key read from an input is then usually found by reference,
/// and costs no text of its own. Filled while the program is compiled; afterwards only read, by many threads.
/// </summary>
internal sealed class NameTable
{
    /// <summary>Base documents may have any number of keys; sharing pays for the common ones.</summary>
    private const int MostNames = 16_384;

    /// <summary>In bytes.</summary>
    public const int LongestName = 64;

    private Entry?[] buckets = new Entry?[64];
    private int count;
    private bool isFrozen;
    private ValueStack? spare;

    /// <summary>The names that go together in objects. Unlike the table itself, these are learnt on and on.</summary>
    public ObjectShapes Shapes { get; } = new();

    /// <summary>Whether nothing is added any more.</summary>
    public bool IsFrozen => isFrozen;

    /// <summary>From now on many threads read: nothing is added any more.</summary>
    public void Freeze() => isFrozen = true;

    /// <summary>The shared instance for UTF-8 text; null if there is none.</summary>
    public RegoString? Find(ReadOnlySpan<byte> utf8)
    {
        for (var entry = buckets[Hash(utf8) & (buckets.Length - 1)]; entry is not null; entry = entry.Next)
        {
            if (utf8.SequenceEqual(entry.Utf8))
            {
                return entry.Name;
            }
        }

        return null;
    }

    /// <summary>The shared instance, or the name itself from now on.</summary>
    public RegoString Share(RegoString name)
    {
        if (name.Value.Length > LongestName)
        {
            return name;
        }

        var utf8 = Encoding.UTF8.GetBytes(name.Value);
        if (Find(utf8) is { } known)
        {
            return known;
        }

        if (count < MostNames && !isFrozen)
        {
            Add(new Entry(utf8, name));
        }

        return name;
    }

    /// <summary>Room for values while a document is read: that of a reading that is over, or new.</summary>
    public ValueStack TakeStack() => Interlocked.Exchange(ref spare, null) ?? new ValueStack();

    public void GiveBack(ValueStack stack) => Volatile.Write(ref spare, stack);

    private void Add(Entry added)
    {
        if (++count > buckets.Length)
        {
            var old = buckets;
            buckets = new Entry?[old.Length * 4];
            foreach (var first in old)
            {
                for (var entry = first; entry is not null;)
                {
                    var next = entry.Next;
                    Link(entry);
                    entry = next;
                }
            }
        }

        Link(added);
    }

    private void Link(Entry entry)
    {
        ref var bucket = ref buckets[Hash(entry.Utf8) & (buckets.Length - 1)];
        entry.Next = bucket;
        bucket = entry;
    }

    // Not keyed: who sends inputs cannot add to the table.
    private static int Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = (uint)utf8.Length;
        if (utf8.Length >= 4)
        {
            // The ends differ where names are alike: "agr-0001", "agr-0002".
            hash = (hash * 31) + BinaryPrimitives.ReadUInt32LittleEndian(utf8);
            hash = (hash * 0x9E3779B1) ^ BinaryPrimitives.ReadUInt32LittleEndian(utf8[^4..]);
            hash *= 0x85EBCA6B;
        }
        else
        {
            foreach (var unit in utf8)
            {
                hash = (hash * 31) + unit;
            }
        }

        return (int)(hash ^ (hash >> 15));
    }

    private sealed class Entry(byte[] utf8, RegoString name)
    {
        public byte[] Utf8 { get; } = utf8;

        public RegoString Name { get; } = name;

        public Entry? Next { get; set; }
    }
}
