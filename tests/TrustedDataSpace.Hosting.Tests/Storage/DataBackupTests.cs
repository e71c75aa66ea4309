using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Storage;

public sealed class DataBackupTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_is_written_while_a_backup_is_made_leaves_it_whole_and_it_is_put_back()
    {
        var data = "";
        await using (var database = TestService.Open(folder))
        {
            data = Path.GetDirectoryName(database.Read(connection => connection.DataSource))!;
            Directory.CreateDirectory(Path.Combine(data, "log", "tile", "0"));
            await File.WriteAllTextAsync(Path.Combine(data, "log", "tile", "0", "000"), "hashes");
            await database.WriteAsync(unit => unit.Execute("CREATE TABLE things (id INTEGER PRIMARY KEY, payload BLOB)"));
            using var stop = new CancellationTokenSource();
            var written = 0;
            var writing = Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await database.WriteAsync(unit => unit.Execute("INSERT INTO things (payload) VALUES (randomblob(5000))"));
                    Interlocked.Increment(ref written);
                }
            });
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref written) > 20, Deadline.Limit));
            DataBackup.Create(data, folder["backup"], new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero));
            await stop.CancelAsync();
            await writing;
            Assert.Throws<InvalidOperationException>(() => DataBackup.Restore(folder["backup"], data));
        }

        DataBackup.Restore(folder["backup"], folder["restored"]);

        await using var restored = new Database(new StorageOptions { Folder = folder["restored"] }, "test-space", TimeProvider.System, []);
        Assert.True(restored.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM things")) >= 20);
        Assert.Equal("hashes", await File.ReadAllTextAsync(Path.Combine(folder["restored"], "log", "tile", "0", "000")));
        Assert.True(File.Exists(Path.Combine(folder["restored"], DataBackup.RestoredFile)));
        Assert.DoesNotContain(Directory.EnumerateFiles(folder["backup"], "*", SearchOption.AllDirectories), file => file.Contains("master-key", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_backup_that_was_changed_or_broken_off_is_not_put_back()
    {
        await using (var database = TestService.Open(folder))
        {
            DataBackup.Create(Path.GetDirectoryName(database.Read(connection => connection.DataSource))!, folder["backup"], TimeProvider.System.GetUtcNow());
            Assert.Throws<InvalidOperationException>(() => DataBackup.Create(folder["nothing"], folder["other"], TimeProvider.System.GetUtcNow()));
            Assert.Throws<InvalidOperationException>(() => DataBackup.Create(Path.GetDirectoryName(database.Read(connection => connection.DataSource))!, folder["backup"], TimeProvider.System.GetUtcNow()));
        }

        var file = Path.Combine(folder["backup"], "tds.sqlite");
        var good = await File.ReadAllBytesAsync(file);
        await File.WriteAllBytesAsync(file, [.. good[..^1], (byte)(good[^1] ^ 1)]);
        Assert.Throws<InvalidOperationException>(() => DataBackup.Restore(folder["backup"], folder["restored"]));
        await File.WriteAllBytesAsync(file, good);
        var manifest = Path.Combine(folder["backup"], "backup.json");
        var text = await File.ReadAllTextAsync(manifest);
        await File.WriteAllTextAsync(manifest, text.Replace("tds.sqlite", "../tds.sqlite", StringComparison.Ordinal));
        Assert.Throws<InvalidOperationException>(() => DataBackup.Restore(folder["backup"], folder["restored"]));
        File.Delete(manifest);
        Assert.Throws<InvalidOperationException>(() => DataBackup.Restore(folder["backup"], folder["restored"]));
        Assert.False(File.Exists(Path.Combine(folder["restored"], "tds.sqlite")));
    }
}
