using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Restart;

/// <summary>A copy taken while a service runs, and put back later.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task An_authority_restored_from_an_older_copy_is_sent_the_evidence_that_its_log_lacks()
    {
        using var folder = new TempFolder();
        await using var space = await KillableSpace.StartAsync();
        await space.PublishAsync("before");
        await space.PublishAsync("after");
        var first = await space.ContractAsync("before");
        await using var load = new Load(space, new Dice());
        load.Read(first, 2);
        await load.BeginAsync(10);
        var (database, copy) = (Path.Combine(space.Authority.Folder, "tds.sqlite"), folder["authority.sqlite"]);
        await using (var live = new SqliteConnection($"Data Source={database};Pooling=False"))
        {
            await live.ExecuteAsync("VACUUM INTO @copy", new { copy });
        }

        // The copy knows nothing of this contract.
        load.Read(await space.ContractAsync("after"), 2);
        await load.BeginAsync(20);
        await space.Authority.KillAsync();
        File.Delete(database + "-wal");
        File.Delete(database + "-shm");
        File.Copy(copy, database, overwrite: true);
        await space.Authority.StartAsync();
        await load.StopAsync();

        var books = await Books.CloseAsync(space, new Dictionary<string, int>());
        Assert.True(books.Problems.Count == 0, string.Join(Environment.NewLine, books.Problems));
    }
}
