using System.Security.Cryptography;
using TrustedDataSpace.Protocol.Evidence;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Evidence;

/// <summary>Hashing many messages at once against the platform, which hashes one at a time.</summary>
public sealed class HashLanesTests
{
    private const int SlotBytes = 256;

    [Fact]
    public void Every_length_has_the_hash_that_the_platform_finds()
    {
        for (var length = 0; length <= HashLanes.Longest(SlotBytes); length++)
        {
            Check([.. Enumerable.Repeat(length, HashLanes.Count)]);
        }
    }

    [Fact]
    public void Messages_of_different_lengths_do_not_disturb_each_other()
    {
        for (var i = 0; i < 2_000; i++)
        {
            Check([.. Enumerable.Range(0, RandomNumberGenerator.GetInt32(HashLanes.Count + 1)).Select(_ => RandomNumberGenerator.GetInt32(HashLanes.Longest(SlotBytes) + 1))]);
        }
    }

    [Fact]
    public void A_message_that_its_slot_has_no_room_for_is_refused()
    {
        var slots = new byte[HashLanes.Count * SlotBytes];
        Assert.Throws<ArgumentOutOfRangeException>(() => HashLanes.Hash(slots, [HashLanes.Longest(SlotBytes) + 1], new byte[32]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(300)]
    public void Leaves_of_any_length_have_their_hashes_and_their_root(int count)
    {
        List<ReadOnlyMemory<byte>> leaves = [.. Enumerable.Range(0, count).Select(i => (ReadOnlyMemory<byte>)Bytes(i % 41 == 7 ? RandomNumberGenerator.GetInt32(5_000) : i % 17 == 3 ? 1010 + (i % 8) : RandomNumberGenerator.GetInt32(900)))];
        var hashes = MerkleTree.LeafHashes(leaves);
        Assert.Equal(leaves.SelectMany(leaf => MerkleTree.LeafHash(leaf.Span)), hashes);
        Assert.Equal(MerkleTree.Root([.. leaves.Select(leaf => MerkleTree.LeafHash(leaf.Span))]), MerkleTree.Root(hashes));
    }

    private static void Check(int[] lengths)
    {
        // What an earlier message left behind must not count.
        var slots = Bytes(HashLanes.Count * SlotBytes);
        var expected = lengths.SelectMany((length, i) => SHA256.HashData(slots.AsSpan(i * SlotBytes, length))).ToArray();
        var hashes = new byte[lengths.Length * MerkleTree.HashLength];
        HashLanes.Hash(slots, lengths, hashes);
        Assert.Equal(expected, hashes);
    }

    private static byte[] Bytes(int length) => RandomNumberGenerator.GetBytes(length);
}
