namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>A proof that a leaf is in a log (RFC 9162 §2.1.3).</summary>
/// <param name="Index">The index of the leaf.</param>
/// <param name="Size">The size of the log.</param>
/// <param name="Hashes">The hashes beside the path from leaf to root, the lowest first.</param>
public sealed record InclusionProof(long Index, long Size, IReadOnlyList<byte[]> Hashes)
{
    /// <summary>Proves that a leaf is under the root of all <paramref name="leafHashes"/>.</summary>
    public static InclusionProof Create(IReadOnlyList<byte[]> leafHashes, long index)
    {
        ArgumentNullException.ThrowIfNull(leafHashes);
        return Create(index, leafHashes.Count, (from, to) => MerkleTree.Root(leafHashes, from, to));
    }

    /// <summary>The same, where the roots of parts of the log are stored.</summary>
    /// <param name="index">The index of the leaf.</param>
    /// <param name="size">The size of the log.</param>
    /// <param name="rootOf">The root over the leaves from the first number to before the second.</param>
    public static InclusionProof Create(long index, long size, Func<long, long, byte[]> rootOf)
    {
        ArgumentNullException.ThrowIfNull(rootOf);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var hashes = new List<byte[]>();
        var (from, to) = (0L, size);
        while (to - from > 1)
        {
            var middle = from + MerkleTree.SplitPoint(to - from);
            if (index < middle)
            {
                hashes.Add(rootOf(middle, to));
                to = middle;
            }
            else
            {
                hashes.Add(rootOf(from, middle));
                from = middle;
            }
        }

        hashes.Reverse();
        return new InclusionProof(index, size, hashes);
    }

    /// <summary>Whether the leaf is at the index under the root (RFC 9162 §2.1.3.2).</summary>
    public bool Verify(ReadOnlySpan<byte> leafHash, ReadOnlySpan<byte> root)
    {
        if (Index < 0 || Index >= Size || leafHash.Length != MerkleTree.HashLength || Hashes.Any(h => h.Length != MerkleTree.HashLength))
        {
            return false;
        }

        var (node, last) = (Index, Size - 1);
        var hash = leafHash.ToArray();
        foreach (var other in Hashes)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                hash = MerkleTree.NodeHash(other, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                hash = MerkleTree.NodeHash(hash, other);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && root.SequenceEqual(hash);
    }
}
