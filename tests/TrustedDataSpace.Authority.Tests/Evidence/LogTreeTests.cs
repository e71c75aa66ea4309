using System.Security.Cryptography;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Evidence;

public sealed class LogTreeTests
{
    [Fact]
    public async Task Stored_nodes_give_the_roots_of_every_size_that_the_definition_gives()
    {
        const int Most = 70;
        using var folder = new TempFolder();
        await using var database = new Database(
            new StorageOptions { Folder = folder.Path }, "space", TimeProvider.System, [new SchemaComponent("authority", typeof(AuthorityHost).Assembly)]);
        var leaves = Enumerable.Range(0, Most).Select(i => new LogLeaf("source", $"{i}", "{}", SHA256.HashData([(byte)i]))).ToList();

        await database.WriteAsync(unit =>
        {
            for (var size = 1; size <= Most; size++)
            {
                var frontier = LogFrontier.Load(unit);
                frontier.Append(unit, leaves[size - 1]);
                var expected = MerkleTree.Root([.. leaves.Take(size).Select(leaf => leaf.Hash)]);
                Assert.Equal(expected, frontier.Root());
                for (var earlier = 0; earlier <= size; earlier++)
                {
                    Assert.Equal(
                        MerkleTree.Root([.. leaves.Take(earlier).Select(leaf => leaf.Hash)]),
                        LogTree.Root((level, index) => LogRows.Node(unit, level, index), 0, earlier));
                }
            }
        });
    }

    [Fact]
    public async Task A_second_root_for_one_size_cannot_be_stored()
    {
        using var folder = new TempFolder();
        await using var authority = await AuthorityUnderTest.StartAsync(folder);

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => authority.Database.WriteAsync(unit => unit.Execute(
            "INSERT INTO log_checkpoints (space_id, size, root, note) SELECT space_id, size, 'other', 'other' FROM log_checkpoints")));

        Assert.Contains("UNIQUE", failure.Message);
    }
}
