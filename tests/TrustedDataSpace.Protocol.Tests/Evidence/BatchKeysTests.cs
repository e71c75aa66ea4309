using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Evidence;

/// <summary>Signatures of batches are verified without a look into their header; what is accepted is the same as by the way that looks.</summary>
public sealed class BatchKeysTests : IDisposable
{
    private readonly SigningKey key = SigningKey.Generate();
    private readonly SigningKey other = SigningKey.Generate();
    private readonly byte[] payload = CanonicalJson.Bytes(new { count = 1, text = "a batch" });

    public void Dispose()
    {
        key.Dispose();
        other.Dispose();
    }

    [Fact]
    public void The_signature_of_any_of_the_keys_gives_the_payload()
    {
        var keys = new BatchKeys([key.Public, other.Public]);

        Assert.Equal(payload, keys.Verify(Jws.Sign(payload, key, TokenTypes.EvidenceBatch)));
        Assert.Equal(payload, keys.Verify(Jws.Sign(payload, other, TokenTypes.EvidenceBatch)));
    }

    [Fact]
    public void A_header_written_otherwise_is_read_as_any_is()
    {
        var named = key.Public.Named("another-name");

        Assert.Equal(payload, new BatchKeys([named]).Verify(Jws.Sign(payload, key, TokenTypes.EvidenceBatch, "another-name")));
        Assert.Throws<RefusalException>(() => new BatchKeys([key.Public]).Verify(Jws.Sign(payload, key, TokenTypes.Usage)));
    }

    [Fact]
    public void No_changed_or_added_character_passes()
    {
        var keys = new BatchKeys([key.Public]);
        var signed = Jws.Sign(payload, key, TokenTypes.EvidenceBatch);
        Assert.Throws<RefusalException>(() => new BatchKeys([other.Public]).Verify(signed));
        for (var place = 0; place < signed.Length; place++)
        {
            foreach (var changed in new[] { signed[..place] + (signed[place] == 'A' ? 'B' : 'A') + signed[(place + 1)..], signed[..place] + (signed[place] == '_' ? '-' : '_') + signed[(place + 1)..], signed.Insert(place, " "), signed.Insert(place, "."), signed.Insert(place, "é"), signed.Remove(place, 1) })
            {
                Assert.Throws<RefusalException>(() => keys.Verify(changed));
            }
        }

        foreach (var tail in new[] { "=", "\n", "A", "." })
        {
            Assert.Throws<RefusalException>(() => keys.Verify(signed + tail));
        }
    }

    [Fact]
    public void A_root_over_hashes_in_one_piece_is_that_over_single_ones()
    {
        for (var count = 0; count < 70; count++)
        {
            var leaves = Enumerable.Range(0, count).Select(number => MerkleTree.LeafHash([(byte)number])).ToList();
            Assert.Equal(MerkleTree.Root(leaves), MerkleTree.Root(leaves.SelectMany(hash => hash).ToArray().AsSpan()));
        }
    }

    [Fact]
    public void A_tree_of_whole_tiles_and_single_leaves_has_the_root_over_all_leaves()
    {
        var leaves = Enumerable.Range(0, 900).Select(number => MerkleTree.LeafHash(BitConverter.GetBytes(number))).ToList();
        var (single, whole) = (new CompactRange(), new CompactRange());
        leaves.ForEach(single.Append);
        for (var tile = 0; tile < 3; tile++)
        {
            whole.AppendSubtree(TileTree.Join(leaves.Skip(tile * 256).Take(256).SelectMany(hash => hash).ToArray()), 8);
        }

        leaves.Skip(768).ToList().ForEach(whole.Append);
        Assert.Equal(single.Root(), whole.Root());
        Assert.Throws<InvalidOperationException>(() => whole.AppendSubtree(leaves[0], 8));
    }
}
