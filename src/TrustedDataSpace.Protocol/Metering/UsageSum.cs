using System.Runtime.InteropServices;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Protocol.Metering;

/// <summary>
/// The sum of an interval's leaves and the root over them, leaf by leaf: an interval may have hundreds of thousands, of which none needs to
/// be kept. Not safe to share between threads.
/// </summary>
public sealed class UsageSum
{
    // Leaves that come into the tree together, as a subtree of that height.
    private const int Height = 6;
    private const int Together = 1 << Height;
    private const int SlotBytes = 512;

    private readonly CompactRange tree = new();
    private readonly byte[] hashes = new byte[Together * MerkleTree.HashLength];
    private readonly byte[] slots = new byte[HashLanes.Count * SlotBytes];
    private readonly int[] lengths = new int[HashLanes.Count];
    private readonly Dictionary<(string Purpose, string Outcome), (long Requests, long Rows, long Bytes, TokenCounts? Tokens)> sums = [];
    private long last = long.MinValue;

    // How many leaves are behind the tree, and of how many of those the hash is missing: their texts stand in the slots.
    private int behind;
    private int unhashed;

    /// <summary>How many leaves there are.</summary>
    public long Leaves => tree.Size + behind;

    /// <summary>The counts, sorted by purpose and outcome.</summary>
    public IReadOnlyList<UsageCounts> Counts =>
    [
        .. sums.OrderBy(sum => sum.Key.Purpose, StringComparer.Ordinal).ThenBy(sum => sum.Key.Outcome, StringComparer.Ordinal).Select(sum => new UsageCounts
        {
            Purpose = sum.Key.Purpose,
            Outcome = sum.Key.Outcome,
            Requests = sum.Value.Requests,
            Rows = sum.Value.Rows,
            Bytes = sum.Value.Bytes,
            TokensIn = sum.Value.Tokens?.In,
            TokensCached = sum.Value.Tokens?.Cached,
            TokensOut = sum.Value.Tokens?.Out,
            TokensData = sum.Value.Tokens?.Data,
            TokensDataBy = sum.Value.Tokens?.DataBy,
            DeclaredIn = sum.Value.Tokens?.DeclaredIn,
            DeclaredOut = sum.Value.Tokens?.DeclaredOut,
        }),
    ];

    /// <summary>The Merkle root (RFC 6962 §2.1) over the leaves, base64.</summary>
    public string Root
    {
        get
        {
            Hash();
            var all = new CompactRange(tree.Size, tree.Nodes);
            for (var i = 0; i < behind; i++)
            {
                all.Append(hashes.AsSpan(i * MerkleTree.HashLength, MerkleTree.HashLength).ToArray());
            }

            return Convert.ToBase64String(all.Root());
        }
    }

    /// <summary>Adds the next leaf.</summary>
    /// <param name="leaf">Its sequence is greater than that of the one before.</param>
    /// <exception cref="ArgumentException">It is not.</exception>
    /// <exception cref="OverflowException">A sum is beyond 2^63: no count is better than a wrong one.</exception>
    public void Add(UsageLeaf leaf)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        if (leaf.Sequence <= last)
        {
            throw new ArgumentException($"Leaf {leaf.Sequence} comes behind {last}.", nameof(leaf));
        }

        last = leaf.Sequence;
        Append(leaf);
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, (leaf.Purpose, leaf.Outcome), out _);
        checked
        {
            sum = (sum.Requests + leaf.Requests, sum.Rows + leaf.Rows, sum.Bytes + leaf.Bytes, sum.Requests == 0 ? leaf.Tokens : TokenCounts.Sum(sum.Tokens, leaf.Tokens));
        }
    }

    private void Append(UsageLeaf leaf)
    {
        if (leaf.TryWrite(slots.AsSpan(unhashed * SlotBytes, HashLanes.Longest(SlotBytes)), out var length))
        {
            lengths[unhashed++] = length;
            behind++;
        }
        else
        {
            Hash();
            leaf.LeafHash().CopyTo(hashes, behind++ * MerkleTree.HashLength);
        }

        if (unhashed == HashLanes.Count || behind == Together)
        {
            Hash();
        }

        if (behind == Together)
        {
            // Used up by that.
            tree.AppendSubtree(MerkleTree.Root(hashes), Height);
            behind = 0;
        }
    }

    private void Hash()
    {
        HashLanes.Hash(slots, lengths.AsSpan(0, unhashed), hashes.AsSpan((behind - unhashed) * MerkleTree.HashLength));
        unhashed = 0;
    }
}
