using System.Numerics;
using System.Security.Cryptography;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>Reads a stored node over a full subtree: number <paramref name="index"/> of those with 2^<paramref name="level"/> leaves.</summary>
internal delegate byte[] NodeReader(int level, long index);

/// <summary>
/// RFC 6962 §2.1 over stored nodes. Every full subtree is stored and only the ragged right edge is computed, so a root needs
/// O(log n) reads and a proof O(log² n) at most, for every size that the log ever had.
/// </summary>
internal static class LogTree
{
    /// <summary>The root over the leaves from <paramref name="from"/> to before <paramref name="to"/>, as a proof asks for it.</summary>
    public static byte[] Root(NodeReader nodes, long from, long to)
    {
        var width = to - from;
        if (width == 0)
        {
            return SHA256.HashData([]);
        }

        if (BitOperations.IsPow2(width))
        {
            return nodes(BitOperations.Log2((ulong)width), from / width);
        }

        // The left part of every split is a full subtree at its natural place, hence stored.
        var middle = from + (1L << BitOperations.Log2((ulong)(width - 1)));
        return MerkleTree.NodeHash(Root(nodes, from, middle), Root(nodes, middle, to));
    }
}
