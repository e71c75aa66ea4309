using System.Text;
using Dapper;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Restart;

/// <summary>A use stands in the journal until the database has it: a backup must not look at either at the wrong moment.</summary>
public sealed class BackupOrderTests
{
    private const int Capacity = 4096;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Uses_that_move_from_the_journal_into_the_database_between_two_steps_of_a_backup_are_in_it_once(int step)
    {
        using var folder = new TempFolder();
        await using (var database = Open(folder["data"]))
        {
            await database.WriteAsync(unit => unit.Execute("CREATE TABLE uses (name TEXT PRIMARY KEY)"));
            await database.WriteAsync(unit => unit.Execute("CREATE TABLE taken (generation BIGINT NOT NULL, place BIGINT NOT NULL)"));
            using var journal = new JournalFile(folder["data"], Capacity);
            Assert.True(journal.TryAppend(Encoding.UTF8.GetBytes("before")));
            DataBackup.Create(folder["data"], folder["backup"], TimeProvider.System.GetUtcNow(), done =>
            {
                if (done == step)
                {
                    TakeOver(database, journal);

                    // Both segments are filled anew: what was taken over is no longer in the journal.
                    for (var i = 0; i < 2 * Capacity / 16; i++)
                    {
                        Assert.True(journal.TryAppend(Encoding.UTF8.GetBytes($"after {i}")));
                        TakeOver(database, journal);
                    }
                }
            });
        }

        DataBackup.Restore(folder["backup"], folder["restored"]);

        await using var restored = Open(folder["restored"]);
        using var rest = new JournalFile(folder["restored"], Capacity);
        var uses = restored.Read(connection => connection.Query<string>("SELECT name FROM uses").ToList());
        uses.AddRange(rest.ReadAfter(Position(restored)).Select(one => Encoding.UTF8.GetString(one.Entry)));
        Assert.Single(uses, "before");
        Assert.Equal(uses.Distinct().Count(), uses.Count);
    }

    private static Database Open(string folder) => new(new StorageOptions { Folder = folder }, "test-space", TimeProvider.System, []);

    private static void TakeOver(Database database, JournalFile journal)
    {
        var from = Position(database);
        var entries = journal.ReadAfter(from).ToList();
        database.WriteAsync(unit =>
        {
            foreach (var (entry, _) in entries)
            {
                unit.Execute("INSERT INTO uses (name) VALUES (@Name)", new { Name = Encoding.UTF8.GetString(entry) });
            }

            unit.Execute("DELETE FROM taken");
            unit.Execute("INSERT INTO taken (generation, place) VALUES (@Generation, @Offset)", new { entries[^1].End.Generation, entries[^1].End.Offset });
        }).GetAwaiter().GetResult();
        journal.Free(entries[^1].End);
    }

    private static JournalPosition Position(Database database) => database.Read(connection =>
        connection.QuerySingleOrDefault<(long Generation, long Place)?>("SELECT generation, place FROM taken")) is var (generation, place) ? new JournalPosition(generation, place) : default;
}
