using System.Numerics;
using System.Security.Cryptography;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>Merkle tree hashes (RFC 6962 §2.1). Leaves and nodes are hashed apart, so that none can pose as the other.</summary>
public static class MerkleTree
{
    /// <summary>The length of a hash in bytes.</summary>
    public const int HashLength = 32;

    private const int ShortLeaf = 2048;

    /// <summary>The hash of a leaf: SHA-256(0x00 ‖ leaf).</summary>
    public static byte[] LeafHash(ReadOnlySpan<byte> leaf)
    {
        // In one piece: feeding a hash in parts costs more than hashing an entry.
        Span<byte> prefixed = leaf.Length < ShortLeaf ? stackalloc byte[1 + leaf.Length] : new byte[1 + leaf.Length];
        leaf.CopyTo(prefixed[1..]);
        prefixed[0] = 0x00;
        return SHA256.HashData(prefixed);
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
