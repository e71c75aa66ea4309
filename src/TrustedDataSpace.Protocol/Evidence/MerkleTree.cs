using System.Numerics;
using System.Security.Cryptography;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>Merkle tree hashes (RFC 6962 §2.1). Leaves and nodes are hashed apart, so that none can pose as the other.</summary>
public static class MerkleTree
{
    /// <summary>The length of a hash in bytes.</summary>
    public const int HashLength = 32;

    private const int ShortLeaf = 2048;
    private const int LeafSlotBytes = 1024;
    private const int NodeSlotBytes = 128;

    /// <summary>The hash of a leaf: SHA-256(0x00 ‖ leaf).</summary>
    public static byte[] LeafHash(ReadOnlySpan<byte> leaf)
    {
        var hash = new byte[HashLength];
        LeafHash(leaf, hash);
        return hash;
    }

    /// <summary>The same, into a place of the caller's.</summary>
    internal static void LeafHash(ReadOnlySpan<byte> leaf, Span<byte> hash)
    {
        // In one piece: feeding a hash in parts costs more than hashing an entry.
        Span<byte> prefixed = leaf.Length < ShortLeaf ? stackalloc byte[1 + leaf.Length] : new byte[1 + leaf.Length];
        leaf.CopyTo(prefixed[1..]);
        prefixed[0] = 0x00;
        SHA256.HashData(prefixed, hash);
    }

    /// <summary>The hashes of leaves, one behind the other.</summary>
    internal static byte[] LeafHashes(IReadOnlyList<ReadOnlyMemory<byte>> leaves)
    {
        var hashes = new byte[leaves.Count * HashLength];
        Span<byte> slots = stackalloc byte[HashLanes.Count * LeafSlotBytes];
        Span<int> lengths = stackalloc int[HashLanes.Count];
        for (var first = 0; first < leaves.Count; first += HashLanes.Count)
        {
            var count = Math.Min(HashLanes.Count, leaves.Count - first);
            var places = hashes.AsSpan(first * HashLength, count * HashLength);
            var fits = true;
            for (var i = 0; i < count && fits; i++)
            {
                var leaf = leaves[first + i].Span;
                fits = leaf.Length < HashLanes.Longest(LeafSlotBytes);
                if (fits)
                {
                    slots[i * LeafSlotBytes] = 0x00;
                    leaf.CopyTo(slots[((i * LeafSlotBytes) + 1)..]);
                    lengths[i] = 1 + leaf.Length;
                }
            }

            if (fits)
            {
                HashLanes.Hash(slots, lengths[..count], places);
                continue;
            }

            for (var i = 0; i < count; i++)
            {
                LeafHash(leaves[first + i].Span, places[(i * HashLength)..]);
            }
        }

        return hashes;
    }

    /// <summary>The hash of a node: SHA-256(0x01 ‖ left ‖ right).</summary>
    public static byte[] NodeHash(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> node = stackalloc byte[1 + (2 * HashLength)];
        node[0] = 0x01;
        left.CopyTo(node[1..]);
        right.CopyTo(node[(1 + HashLength)..]);
        return SHA256.HashData(node);
    }

    /// <summary>The root over leaf hashes; the root of an empty tree is SHA-256("").</summary>
    public static byte[] Root(IReadOnlyList<byte[]> leafHashes)
    {
        ArgumentNullException.ThrowIfNull(leafHashes);
        return Root(leafHashes, 0, leafHashes.Count);
    }

    /// <summary>The root over leaf hashes that stand one behind the other; they are used up.</summary>
    internal static byte[] Root(Span<byte> leafHashes)
    {
        if (leafHashes.IsEmpty)
        {
            return SHA256.HashData([]);
        }

        // Level by level: a node that has no other beside it goes up as it is (RFC 6962 §2.1 splits in the same places).
        for (var count = leafHashes.Length / HashLength; count > 1; count = (count + 1) / 2)
        {
            for (var i = 0; i < count / 2; i += HashLanes.Count)
            {
                HashNodes(leafHashes.Slice(2 * i * HashLength, 2 * HashLength * Math.Min(HashLanes.Count, (count / 2) - i)), leafHashes[(i * HashLength)..]);
            }

            if (count % 2 == 1)
            {
                leafHashes.Slice((count - 1) * HashLength, HashLength).CopyTo(leafHashes[(count / 2 * HashLength)..]);
            }
        }

        return leafHashes[..HashLength].ToArray();
    }

    // Some nodes, each over two hashes that stand one behind the other.
    private static void HashNodes(ReadOnlySpan<byte> pairs, Span<byte> hashes)
    {
        Span<byte> slots = stackalloc byte[HashLanes.Count * NodeSlotBytes];
        Span<int> lengths = stackalloc int[pairs.Length / (2 * HashLength)];
        for (var i = 0; i < lengths.Length; i++)
        {
            slots[i * NodeSlotBytes] = 0x01;
            pairs.Slice(2 * i * HashLength, 2 * HashLength).CopyTo(slots[((i * NodeSlotBytes) + 1)..]);
            lengths[i] = 1 + (2 * HashLength);
        }

        HashLanes.Hash(slots, lengths, hashes);
    }

    /// <summary>The root over a part of the leaf hashes, from <paramref name="from"/> to before <paramref name="to"/>.</summary>
    internal static byte[] Root(IReadOnlyList<byte[]> leafHashes, long from, long to)
    {
        if (to - from <= 1)
        {
            return from == to ? SHA256.HashData([]) : leafHashes[checked((int)from)];
        }

        var middle = from + SplitPoint(to - from);
        return NodeHash(Root(leafHashes, from, middle), Root(leafHashes, middle, to));
    }

    /// <summary>The largest power of two below <paramref name="size"/> (k in RFC 6962 §2.1).</summary>
    internal static long SplitPoint(long size) => 1L << BitOperations.Log2((ulong)(size - 1));
}
