using Dapper;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Storage;

public sealed class StorageFailureTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task On_a_full_disk_nothing_is_acknowledged_and_with_room_again_all_goes_on()
    {
        await using var database = TestService.Open(folder);
        await LimitPagesAsync(database, "(SELECT page_count FROM pragma_page_count)");
        var called = false;
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(unit =>
        {
            unit.OnCommitted(() => called = true);
            SecretHashes.Put(unit, "small", "x");
            SecretHashes.Put(unit, "large", new string('x', 100_000));
        }));
        Assert.Contains("full", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Make room", refused.Message, StringComparison.Ordinal);
        Assert.False(called);
        Assert.Equal(0, Count(database));

        await LimitPagesAsync(database, "1000000");
        await database.WriteAsync(unit => SecretHashes.Put(unit, "large", new string('x', 100_000)));
        Assert.Equal(1, Count(database));
        Assert.True(await database.IsWritableAsync());
    }

    [Fact]
    public async Task A_full_disk_fails_the_whole_group_so_that_no_part_of_it_is_taken_for_kept()
    {
        await using var database = TestService.Open(folder);
        await LimitPagesAsync(database, "(SELECT page_count FROM pragma_page_count)");
        using var begun = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var first = database.WriteAsync(_ =>
        {
            begun.Set();
            go.Wait(Deadline.Limit);
        });
        Assert.True(begun.Wait(Deadline.Limit));
        var small = database.WriteAsync(unit => SecretHashes.Put(unit, "small", "x"));
        var large = database.WriteAsync(unit => SecretHashes.Put(unit, "large", new string('x', 100_000)));
        go.Set();
        await first;
        await Assert.ThrowsAsync<InvalidOperationException>(() => small);
        await Assert.ThrowsAsync<InvalidOperationException>(() => large);
        Assert.Equal(0, Count(database));
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_stays()
    {
        Directory.CreateDirectory(folder["data"]);
        var file = Path.Combine(folder["data"], "tds.sqlite");
        var content = string.Concat(Enumerable.Repeat("no database ", 1000));
        File.WriteAllText(file, content);
        var refusal = Assert.Throws<InvalidOperationException>(() => TestService.Open(folder));
        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("restore a backup", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(file));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_refused_and_named()
    {
        File.WriteAllText(folder["data"], "a file where the folder shall be");
        var refusal = Assert.Throws<InvalidOperationException>(() => TestService.Open(folder));
        Assert.Contains(folder["data"], refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Storage:Folder", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task LimitPagesAsync(Database database, string pages)
    {
        var limit = database.Read(connection => connection.QuerySingle<long>("SELECT " + pages));
        await database.WriteAsync(unit => unit.Query<long>($"PRAGMA max_page_count = {limit}"));
    }

    private static long Count(Database database) => database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM secret_hashes"));
}
