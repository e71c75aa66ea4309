using TrustedDataSpace.Protocol.Evidence;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Evidence;

public sealed class RangeProofTests
{
    private static readonly List<byte[]> Leaves = [.. Enumerable.Range(0, 40).Select(i => MerkleTree.LeafHash([(byte)i]))];

    [Fact]
    public void Every_range_of_every_log_is_proven_and_gives_the_inclusion_proof_of_each_leaf()
    {
        for (var size = 1; size <= Leaves.Count; size++)
        {
            var root = MerkleTree.Root([.. Leaves.Take(size)]);
            for (var first = 0; first < size; first++)
            {
                for (var count = 1; count <= size - first; count++)
                {
                    var (proof, range) = (Make(first, count, size), Leaves[first..(first + count)]);
                    Assert.True(proof.Verify(range, root), $"{first}+{count} of {size}");
                    var at = first + (count / 2);
                    Assert.Equal(InclusionProof.Create([.. Leaves.Take(size)], at).Hashes, proof.Inclusion(range, at)!.Hashes);
                }
            }
        }
    }

    [Theory]
    [InlineData(3, 5, 21)]
    [InlineData(0, 1, 1)]
    [InlineData(7, 1, 8)]
    public void What_was_altered_proves_nothing(int first, int count, int size)
    {
        var (proof, range) = (Make(first, count, size), Leaves[first..(first + count)]);
        var root = MerkleTree.Root([.. Leaves.Take(size)]);
        var other = MerkleTree.LeafHash("another"u8);

        Assert.False(proof.Verify([.. range[..^1], other], root));
        Assert.False(proof.Verify([.. range, other], root));
        Assert.False(proof.Verify(range[..^1], root));
        Assert.False(proof.Verify(range, other));
        Assert.False((proof with { Size = first + count - 1 }).Verify(range, root));
        Assert.False((proof with { First = first + 1 }).Verify(range, root));
        Assert.False((proof with { Hashes = [.. proof.Hashes, other] }).Verify(range, root));
        Assert.False((proof with { First = -1 }).Verify(range, root));
        Assert.False((proof with { Count = 0 }).Verify([], root));
        Assert.False((proof with { Size = long.MaxValue }).Verify(range, root));
        foreach (var i in Enumerable.Range(0, proof.Hashes.Count))
        {
            Assert.False((proof with { Hashes = [.. proof.Hashes.Select((hash, n) => n == i ? other : hash)] }).Verify(range, root));
            Assert.False((proof with { Hashes = [.. proof.Hashes.Where((_, n) => n != i)] }).Verify(range, root));
        }
    }

    private static RangeProof Make(int first, int count, int size) =>
        RangeProof.Create(first, count, size, (from, to) => MerkleTree.Root([.. Leaves.Take(size)], from, to));
}
