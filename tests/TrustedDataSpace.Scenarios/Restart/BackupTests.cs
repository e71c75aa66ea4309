using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Restart;

/// <summary>A copy taken while a service runs, and put back later.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task An_authority_that_lost_entries_is_refused_until_an_operator_of_each_member_accepts_its_log_and_is_sent_all_again()
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
        foreach (var member in (Member[])[space.Provider, space.Consumer])
        {
            var status = new EvidenceStatus { Entries = 0, Logged = 0 };
            await member.UntilAsync("to refuse the log", async () => (status = await member.GetAsync<EvidenceStatus>(ManagementRoutes.Evidence)).Alarm is not null);
            Assert.Equal(LogAlarmKinds.RolledBack, status.Alarm!.Kind);
            await member.PostAsync<EvidenceStatus>(ManagementRoutes.EvidenceLogAcceptance, new LogAcceptance(status.Alarm.Root!));
        }

        var books = await Books.CloseAsync(space, new Dictionary<string, int>());
        Assert.True(books.Problems.Count == 0, string.Join(Environment.NewLine, books.Problems));
    }
}
