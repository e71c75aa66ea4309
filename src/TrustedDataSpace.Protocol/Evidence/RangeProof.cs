namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// A proof that leaves stand side by side in a log (docs/log-format.md, Receipt): one for a whole batch, about as long as the inclusion proof
/// of one leaf (RFC 9162 §2.1.3), which can be made of it for each of them.
/// </summary>
/// <param name="First">The index of the first leaf.</param>
/// <param name="Count">How many leaves, at least 1.</param>
/// <param name="Size">The size of the log.</param>
/// <param name="Hashes">The roots of the largest subtrees beside the leaves, from left to right.</param>
public sealed record RangeProof(long First, int Count, long Size, IReadOnlyList<byte[]> Hashes)
{
    /// <summary>Makes the proof.</summary>
    /// <param name="first">The index of the first leaf.</param>
    /// <param name="count">How many leaves.</param>
    /// <param name="size">The size of the log.</param>
    /// <param name="rootOf">The root over the leaves from the first number to before the second.</param>
    public static RangeProof Create(long first, int count, long size, Func<long, long, byte[]> rootOf)
    {
        ArgumentNullException.ThrowIfNull(rootOf);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, size - count);
        var hashes = new List<byte[]>();
        Collect(0, size);
        return new RangeProof(first, count, size, hashes);

        void Collect(long from, long to)
        {
            if (to <= first || from >= first + count)
            {
                hashes.Add(rootOf(from, to));
            }
            else if (from < first || to > first + count)
            {
                var middle = from + MerkleTree.SplitPoint(to - from);
                Collect(from, middle);
                Collect(middle, to);
            }
        }
    }

    /// <summary>Whether the leaves stand there under the root.</summary>
    public bool Verify(IReadOnlyList<byte[]> leafHashes, ReadOnlySpan<byte> root)
    {
        ArgumentNullException.ThrowIfNull(leafHashes);
        return Read(leafHashes) is { } nodes && root.SequenceEqual(nodes[(0, Size)]);
    }

    /// <summary>The inclusion proof of one of the leaves; null when the leaves do not fit the proof.</summary>
    /// <param name="leafHashes">All leaves of the range.</param>
    /// <param name="index">Which one, by its index in the log.</param>
    public InclusionProof? Inclusion(IReadOnlyList<byte[]> leafHashes, long index)
    {
        ArgumentNullException.ThrowIfNull(leafHashes);
        return index >= First && index < First + Count && Read(leafHashes) is { } nodes
            ? InclusionProof.Create(index, Size, (from, to) => nodes.TryGetValue((from, to), out var known) ? known : MerkleTree.Root(leafHashes, from - First, to - First))
            : null;
    }

    // The nodes that are not inside the range: those of the proof, and those over both. Null when the numbers do not fit each other.
    private Dictionary<(long From, long To), byte[]>? Read(IReadOnlyList<byte[]> leafHashes)
    {
        if (Count < 1 || First < 0 || First > Size - Count || leafHashes.Count != Count || leafHashes.Concat(Hashes).Any(hash => hash.Length != MerkleTree.HashLength))
        {
            return null;
        }

        var (nodes, next) = (new Dictionary<(long, long), byte[]>(), 0);
        return Node(0, Size) is not null && next == Hashes.Count ? nodes : null;

        byte[]? Node(long from, long to)
        {
            byte[]? node;
            if (to <= First || from >= First + Count)
            {
                node = next < Hashes.Count ? Hashes[next++] : null;
            }
            else if (from >= First && to <= First + Count)
            {
                node = MerkleTree.Root(leafHashes, from - First, to - First);
            }
            else
            {
                var middle = from + MerkleTree.SplitPoint(to - from);
                node = Node(from, middle) is { } left && Node(middle, to) is { } right ? MerkleTree.NodeHash(left, right) : null;
            }

            if (node is not null)
            {
                nodes[(from, to)] = node;
            }

            return node;
        }
    }
}
