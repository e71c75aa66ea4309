using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Evidence;

public sealed class LogStorageTests
{
    [Fact]
    public async Task Tiles_give_the_roots_and_proofs_of_every_size_that_the_definition_gives()
    {
        using var folder = new TempFolder();
        await using var log = await LogUnderTest.StartAsync(folder);
        var hashes = new List<byte[]>();
        foreach (var count in new[] { 1, 2, 3, 249, 1, 1, 255, 600, 1 })
        {
            var checkpoint = await log.AppendAsync(hashes.Count, count);
            hashes.AddRange(Enumerable.Range(hashes.Count, count).Select(number => LogUnderTest.Leaf(number).Hash));
            Assert.Equal(Convert.ToBase64String(MerkleTree.Root(hashes)), checkpoint.Root);
        }

        foreach (var size in new[] { 1, 2, 255, 256, 257, 512, 513, 1000, hashes.Count })
        {
            var root = MerkleTree.Root([.. hashes.Take(size)]);
            Assert.Equal(root, new TileTree(hashes.Count, log.Files.Read).Root(0, size));
            Assert.True(log.Reader.Inclusion(size / 2, size).Verify(hashes[size / 2], root));
            Assert.True(log.Reader.Consistency(size, hashes.Count).Verify(root, MerkleTree.Root(hashes)));
        }
    }

    [Fact]
    public async Task Beyond_65536_entries_a_third_level_of_tiles_holds_after_a_restart_too()
    {
        const int Many = 66_000;
        using var folder = new TempFolder();
        var hashes = Enumerable.Range(0, Many + 300).Select(number => LogUnderTest.Leaf(number).Hash).ToList();
        await using (var log = await LogUnderTest.StartAsync(folder))
        {
            Assert.Equal(Convert.ToBase64String(MerkleTree.Root([.. hashes.Take(Many)])), (await log.AppendAsync(0, Many)).Root);
            Assert.Equal(32, log.Files.Read(new TilePath(2, 0, 1))!.Length);
        }

        await using var again = await LogUnderTest.StartAsync(folder);
        Assert.Equal(Many, again.Publisher.Latest.Size);
        Assert.Equal(Convert.ToBase64String(MerkleTree.Root(hashes)), (await again.AppendAsync(Many, 300)).Root);
    }

    [Fact]
    public async Task Partial_tiles_are_made_anew_at_the_start_and_are_gone_when_the_tile_is_full()
    {
        using var folder = new TempFolder();
        await using (var log = await LogUnderTest.StartAsync(folder))
        {
            await log.AppendAsync(0, 100);
            Directory.Delete(Path.Combine(log.Files.Folder, "tile"), recursive: true);
        }

        await using var again = await LogUnderTest.StartAsync(folder);
        await again.AppendAsync(100, 200);

        Assert.Equal(256 * 32, again.Files.Read(new TilePath(0, 0, 256))!.Length);
        Assert.Equal(44 * 32, again.Files.Read(new TilePath(0, 1, 44))!.Length);

        // Removing is the last step of publishing: it is done before the next begins.
        await again.AppendAsync(300, 1);
        Assert.False(Directory.Exists(again.Files.PathOf(new TilePath(0, 0, 256)) + ".p"));
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

    [Fact]
    public async Task An_append_that_began_from_another_head_changes_nothing()
    {
        using var folder = new TempFolder();
        await using var log = await LogUnderTest.StartAsync(folder);
        var stale = await log.Database.WriteAsync(LogRows.Head);
        var before = await log.AppendAsync(0, 3);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => log.Database.WriteAsync(unit =>
        {
            var tree = stale.Tree();
            LogRows.Add(unit, 3, LogUnderTest.Leaf(99));
            tree.Append(LogUnderTest.Leaf(99).Hash);
            LogRows.Swap(unit, stale, tree);
        }));

        Assert.Contains("second writer", failure.Message);
        Assert.Equal(before.Root, Convert.ToBase64String((await log.Database.WriteAsync(LogRows.Head)).Root));
        Assert.Equal(4, (await log.AppendAsync(3, 1)).Size);
    }

    [Fact]
    public async Task A_second_process_on_the_same_folder_is_refused()
    {
        using var folder = new TempFolder();
        await using var log = await LogUnderTest.StartAsync(folder);

        Assert.Contains("in use by another process", Assert.Throws<InvalidOperationException>(() => LogUnderTest.OpenDatabase(folder)).Message);
    }

    [Fact]
    public async Task A_damaged_full_tile_stops_the_start_and_is_named()
    {
        using var folder = new TempFolder();
        string tile;
        await using (var log = await LogUnderTest.StartAsync(folder))
        {
            await log.AppendAsync(0, 600);
            tile = log.Files.PathOf(new TilePath(0, 1, 256));
        }

        await using (var file = File.OpenWrite(tile))
        {
            file.SetLength(100);
        }

        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => LogUnderTest.StartAsync(folder));
        Assert.Contains("tile/0/001", failure.Message);
    }

    [Fact]
    public async Task While_tiles_cannot_be_written_nothing_is_published_and_then_all_is()
    {
        using var folder = new TempFolder();
        await using var log = await LogUnderTest.StartAsync(folder);
        var before = await log.AppendAsync(0, 10);
        var tiles = Path.Combine(log.Files.Folder, "tile");
        Directory.Delete(tiles, recursive: true);
        await File.WriteAllTextAsync(tiles, "a file where the folder should be");

        await log.Database.WriteAsync(unit => log.Log.Append(unit, [LogUnderTest.Leaf(10)]));
        Assert.Equal(before, log.Publisher.Latest);
        File.Delete(tiles);
        await log.Publisher.WaitAsync(11, CancellationToken.None);

        Assert.True(log.Reader.Inclusion(10, 11).Verify(LogUnderTest.Leaf(10).Hash, Convert.FromBase64String(log.Publisher.Latest.Root)));
    }

    [Fact]
    public async Task An_entry_known_to_the_log_is_not_added_again_and_cannot_change()
    {
        using var folder = new TempFolder();
        await using var log = await LogUnderTest.StartAsync(folder);
        await log.AppendAsync(0, 300);

        foreach (var number in new[] { 7, 299 })
        {
            Assert.Equal((number, 1), await log.Database.WriteAsync(unit => log.Log.Append(unit, [LogUnderTest.Leaf(number)])));
            var altered = LogUnderTest.Leaf(number) with { Bytes = LogUnderTest.Content(-1), Hash = MerkleTree.LeafHash(LogUnderTest.Content(-1)) };
            var refusal = await Assert.ThrowsAsync<RefusalException>(() => log.Database.WriteAsync(unit => log.Log.Append(unit, [altered])));
            Assert.Equal(RefusalCode.Conflict, refusal.Code);
        }
    }
}
