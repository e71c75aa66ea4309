using System.Security.Cryptography;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Evidence;

public sealed class MerkleTests
{
    // The leaves and roots that implementations of Certificate Transparency test with.
    private static readonly string[] Leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void Root_is_that_of_the_known_tree(int size, string root)
    {
        var hashes = Leaves.Take(size).Select(l => MerkleTree.LeafHash(Convert.FromHexString(l))).ToArray();
        var range = new CompactRange();
        Array.ForEach(hashes, range.Append);

        Assert.Equal(root, Convert.ToHexStringLower(MerkleTree.Root(hashes)));
        Assert.Equal(root, Convert.ToHexStringLower(range.Root()));
    }

    [Fact]
    public void Node_cannot_pose_as_a_leaf()
    {
        var (a, b) = (Hashes(2)[0], Hashes(2)[1]);
        Assert.NotEqual(MerkleTree.NodeHash(a, b), MerkleTree.LeafHash([.. a, .. b]));
    }

    [Fact]
    public void Every_inclusion_proof_verifies_and_no_altered_one_does()
    {
        for (var size = 1; size <= 17; size++)
        {
            var hashes = Hashes(size);
            var root = MerkleTree.Root(hashes);
            for (var index = 0; index < size; index++)
            {
                var proof = InclusionProof.Create(hashes, index);
                Assert.True(proof.Verify(hashes[index], root));
                Assert.False(proof.Verify(Altered(hashes[index]), root));
                Assert.False(proof.Verify(hashes[index], Altered(root)));
                Assert.All(Alterations(proof.Hashes), h => Assert.False((proof with { Hashes = h }).Verify(hashes[index], root)));
                Assert.All(Enumerable.Range(0, size).Where(i => i != index), i => Assert.False((proof with { Index = i }).Verify(hashes[index], root)));
            }
        }
    }

    [Fact]
    public void Every_consistency_proof_verifies_and_no_altered_one_does()
    {
        for (var size = 1; size <= 17; size++)
        {
            var hashes = Hashes(size);
            var root = MerkleTree.Root(hashes);
            for (var old = 1; old <= size; old++)
            {
                var oldRoot = MerkleTree.Root(hashes[..old]);
                var proof = ConsistencyProof.Create(hashes, old);
                Assert.True(proof.Verify(oldRoot, root));
                Assert.False(proof.Verify(Altered(oldRoot), root));
                Assert.False(proof.Verify(oldRoot, Altered(root)));
                Assert.All(Alterations(proof.Hashes), h => Assert.False((proof with { Hashes = h }).Verify(oldRoot, root)));
            }
        }
    }

    [Fact]
    public void Every_log_begins_with_the_empty_one()
    {
        var proof = ConsistencyProof.Create(Hashes(5), 0);
        Assert.True(proof.Verify(SHA256.HashData([]), MerkleTree.Root(Hashes(5))));
        Assert.False(proof.Verify(Hashes(1)[0], MerkleTree.Root(Hashes(5))));
    }

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(5, 5)]
    [InlineData(0, 0)]
    public void Index_outside_the_log_is_never_included(long index, long size) =>
        Assert.False(new InclusionProof(index, size, []).Verify(Hashes(1)[0], Hashes(1)[0]));

    [Fact]
    public void Compact_range_goes_on_where_it_was_stored()
    {
        var hashes = Hashes(100);
        var before = new CompactRange();
        Array.ForEach(hashes[..37], before.Append);

        var after = new CompactRange(before.Size, before.Nodes);
        Array.ForEach(hashes[37..], after.Append);

        Assert.Equal(MerkleTree.Root(hashes), after.Root());
        Assert.Equal(3, after.Nodes.Count);
    }

    [Fact]
    public void Nodes_that_do_not_fit_the_size_are_refused() =>
        Assert.Throws<RefusalException>(() => new CompactRange(3, [Hashes(1)[0]]));

    private static byte[][] Hashes(int count) => [.. Enumerable.Range(0, count).Select(i => MerkleTree.LeafHash([(byte)i]))];

    private static byte[] Altered(byte[] hash) => [(byte)(hash[0] ^ 1), .. hash[1..]];

    private static IEnumerable<IReadOnlyList<byte[]>> Alterations(IReadOnlyList<byte[]> hashes)
    {
        yield return [.. hashes, Hashes(1)[0]];
        for (var i = 0; i < hashes.Count; i++)
        {
            yield return [.. hashes.Take(i), Altered(hashes[i]), .. hashes.Skip(i + 1)];
            yield return [.. hashes.Take(i), .. hashes.Skip(i + 1)];
        }
    }
}
