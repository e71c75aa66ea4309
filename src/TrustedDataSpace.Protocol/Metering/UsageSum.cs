using System.Runtime.InteropServices;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Protocol.Metering;

/// <summary>
/// The sum of an interval's leaves and the root over them, leaf by leaf: an interval may have hundreds of thousands, of which none needs to
/// be kept. Not safe to share between threads.
/// </summary>
public sealed class UsageSum
{
    private readonly CompactRange tree = new();
    private readonly Dictionary<(string Purpose, string Outcome), (long Requests, long Rows, long Bytes, TokenCounts? Tokens)> sums = [];
    private long last = long.MinValue;

    /// <summary>How many leaves there are.</summary>
    public long Leaves => tree.Size;

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
    public string Root => Convert.ToBase64String(tree.Root());

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
        tree.Append(leaf.LeafHash());
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, (leaf.Purpose, leaf.Outcome), out _);
        checked
        {
            sum = (sum.Requests + leaf.Requests, sum.Rows + leaf.Rows, sum.Bytes + leaf.Bytes, sum.Requests == 0 ? leaf.Tokens : TokenCounts.Sum(sum.Tokens, leaf.Tokens));
        }
    }
}
