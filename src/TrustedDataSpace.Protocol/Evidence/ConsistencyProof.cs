using System.Numerics;
using System.Security.Cryptography;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>A proof that a log was only added to (RFC 9162 §2.1.4).</summary>
/// <param name="OldSize">The size of the log before.</param>
/// <param name="NewSize">The size of the log after.</param>
/// <param name="Hashes">The hashes that make both roots.</param>
public sealed record ConsistencyProof(long OldSize, long NewSize, IReadOnlyList<byte[]> Hashes)
{
    /// <summary>Proves that the first <paramref name="oldSize"/> of the leaves are those of the older log.</summary>
    public static ConsistencyProof Create(IReadOnlyList<byte[]> leafHashes, long oldSize)
    {
        ArgumentNullException.ThrowIfNull(leafHashes);
        return Create(oldSize, leafHashes.Count, (from, to) => MerkleTree.Root(leafHashes, from, to));
    }

    /// <summary>The same, where the roots of parts of the log are stored.</summary>
    /// <param name="oldSize">The size of the log before.</param>
    /// <param name="newSize">The size of the log after.</param>
    /// <param name="rootOf">The root over the leaves from the first number to before the second.</param>
    public static ConsistencyProof Create(long oldSize, long newSize, Func<long, long, byte[]> rootOf)
    {
        ArgumentNullException.ThrowIfNull(rootOf);
        ArgumentOutOfRangeException.ThrowIfNegative(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, newSize);
        var hashes = new List<byte[]>();
        if (oldSize > 0)
        {
            var (from, to) = (0L, newSize);
            while (oldSize != to)
            {
                var middle = from + MerkleTree.SplitPoint(to - from);
                if (oldSize <= middle)
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

            if (from > 0)
            {
                hashes.Add(rootOf(from, to));
            }
        }

        hashes.Reverse();
        return new ConsistencyProof(oldSize, newSize, hashes);
    }

    /// <summary>Whether the log with the new root begins with the log of the old root (RFC 9162 §2.1.4.2).</summary>
    public bool Verify(ReadOnlySpan<byte> oldRoot, ReadOnlySpan<byte> newRoot)
    {
        if (OldSize < 0 || OldSize > NewSize || Hashes.Any(h => h.Length != MerkleTree.HashLength))
        {
            return false;
        }

        if (OldSize == NewSize)
        {
            return Hashes.Count == 0 && oldRoot.SequenceEqual(newRoot);
        }

        if (OldSize == 0)
        {
            // Every log begins with the empty one.
            return Hashes.Count == 0 && oldRoot.SequenceEqual(SHA256.HashData([]));
        }

        // A log whose size is a power of two is itself the first node of the path.
        byte[][] path = BitOperations.IsPow2(OldSize) ? [oldRoot.ToArray(), .. Hashes] : [.. Hashes];
        return path.Length > 0 && VerifyPath(path, oldRoot, newRoot);
    }

    private bool VerifyPath(byte[][] path, ReadOnlySpan<byte> oldRoot, ReadOnlySpan<byte> newRoot)
    {
        var shift = BitOperations.TrailingZeroCount(OldSize);
        var (node, last) = ((OldSize - 1) >> shift, (NewSize - 1) >> shift);
        var (oldHash, newHash) = (path[0], path[0]);
        foreach (var other in path.AsSpan(1))
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                oldHash = MerkleTree.NodeHash(other, oldHash);
                newHash = MerkleTree.NodeHash(other, newHash);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                newHash = MerkleTree.NodeHash(newHash, other);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && oldRoot.SequenceEqual(oldHash) && newRoot.SequenceEqual(newHash);
    }
}
