using System.Numerics;
using System.Security.Cryptography;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// A growing Merkle tree of which only the roots of its complete subtrees are kept: logarithmic memory, and enough to go
/// on appending after a restart. Not safe to share between threads.
/// </summary>
public sealed class CompactRange
{
    private readonly List<byte[]> nodes;

    /// <summary>An empty tree.</summary>
    public CompactRange() => nodes = [];

    /// <summary>A tree as it was stored.</summary>
    /// <exception cref="RefusalException">Malformed when the nodes cannot be those of a tree of that size.</exception>
    public CompactRange(long size, IEnumerable<byte[]> nodes)
    {
        this.nodes = [.. nodes];
        Size = size;
        if (size < 0 || this.nodes.Count != BitOperations.PopCount((ulong)size) || this.nodes.Any(n => n.Length != MerkleTree.HashLength))
        {
            throw new RefusalException(RefusalCode.Malformed, $"These are not the nodes of a tree with {size} leaves.");
        }
    }

    /// <summary>The number of leaves.</summary>
    public long Size { get; private set; }

    /// <summary>The roots of the complete subtrees, the largest first: one for each bit that is set in <see cref="Size"/>.</summary>
    public IReadOnlyList<byte[]> Nodes => nodes;

    /// <summary>Appends a leaf.</summary>
    public void Append(byte[] leafHash)
    {
        ArgumentNullException.ThrowIfNull(leafHash);
        nodes.Add(leafHash);
        Size++;
        // Each trailing zero of the new size is a pair of equal subtrees that has just become complete.
        for (var pairs = BitOperations.TrailingZeroCount(Size); pairs > 0; pairs--)
        {
            var node = MerkleTree.NodeHash(nodes[^2], nodes[^1]);
            nodes.RemoveRange(nodes.Count - 2, 2);
            nodes.Add(node);
        }
    }

    /// <summary>Appends a full subtree at its natural place.</summary>
    /// <param name="root">Its root.</param>
    /// <param name="height">It has two to the power of that leaves.</param>
    /// <exception cref="InvalidOperationException">The tree does not end where such a subtree begins.</exception>
    internal void AppendSubtree(byte[] root, int height)
    {
        if (BitOperations.TrailingZeroCount(Size) < height)
        {
            throw new InvalidOperationException("A subtree stands at a multiple of its size.");
        }

        nodes.Add(root);
        Size += 1L << height;
        for (var pairs = BitOperations.TrailingZeroCount(Size) - height; pairs > 0; pairs--)
        {
            var node = MerkleTree.NodeHash(nodes[^2], nodes[^1]);
            nodes.RemoveRange(nodes.Count - 2, 2);
            nodes.Add(node);
        }
    }

    /// <summary>The root over all leaves.</summary>
    public byte[] Root()
    {
        if (nodes.Count == 0)
        {
            return SHA256.HashData([]);
        }

        var root = nodes[^1];
        for (var i = nodes.Count - 2; i >= 0; i--)
        {
            root = MerkleTree.NodeHash(nodes[i], root);
        }

        return root;
    }
}
