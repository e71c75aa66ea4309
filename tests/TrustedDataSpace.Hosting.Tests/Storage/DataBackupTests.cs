using System.Security.Cryptography;
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

    [Theory]
    [InlineData("tds.sqlite")]
    [InlineData("tds.sqlite-wal")]
    [InlineData("tds.sqlite.new")]
    [InlineData("usage-journal.1")]
    [InlineData("quota-leases")]
    [InlineData("policy-bundle.tar.gz")]
    [InlineData("tds.restored")]
    [InlineData("log/checkpoint")]
    [InlineData("policies/one.tar.gz")]
    public async Task What_an_old_service_left_in_the_folder_is_named_and_nothing_is_put_beside_it(string stale)
    {
        await using (var database = TestService.Open(folder))
        {
            DataBackup.Create(folder["data"], folder["backup"], TimeProvider.System.GetUtcNow());
        }

        var left = Path.Combine(folder["restored"], stale);
        Directory.CreateDirectory(Path.GetDirectoryName(left)!);
        await File.WriteAllTextAsync(left, "old");

        var refusal = Assert.Throws<InvalidOperationException>(() => DataBackup.Restore(folder["backup"], folder["restored"]));

        Assert.Contains(stale.Split('/')[0], refusal.Message, StringComparison.Ordinal);
        Assert.Equal([left], Directory.EnumerateFiles(folder["restored"], "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "tds.lock"));
        File.Delete(left);
        DataBackup.Restore(folder["backup"], folder["restored"]);
    }

    [Fact]
    public async Task The_policies_that_decided_and_the_leases_of_quotas_are_in_a_backup()
    {
        await using (var database = TestService.Open(folder))
        {
            Directory.CreateDirectory(Path.Combine(folder["data"], "policies"));
            await File.WriteAllTextAsync(Path.Combine(folder["data"], "policies", "revision.tar.gz"), "kept");
            await File.WriteAllTextAsync(Path.Combine(folder["data"], "policies", "half.tar.gz.new"), "half");
            await File.WriteAllTextAsync(Path.Combine(folder["data"], "policy-bundle.tar.gz"), "present");
            await File.WriteAllTextAsync(Path.Combine(folder["data"], "quota-leases"), "leased");
            DataBackup.Create(folder["data"], folder["backup"], TimeProvider.System.GetUtcNow());
        }

        DataBackup.Restore(folder["backup"], folder["restored"]);

        Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(folder["restored"], "policies", "revision.tar.gz")));
        Assert.Equal("present", await File.ReadAllTextAsync(Path.Combine(folder["restored"], "policy-bundle.tar.gz")));
        Assert.Equal("leased", await File.ReadAllTextAsync(Path.Combine(folder["restored"], "quota-leases")));
        Assert.False(File.Exists(Path.Combine(folder["restored"], "policies", "half.tar.gz.new")));
    }

    [Fact]
    public async Task A_restore_that_ends_early_leaves_a_folder_on_which_no_service_starts()
    {
        await using (var database = TestService.Open(folder))
        {
            Directory.CreateDirectory(Path.Combine(folder["data"], "log"));
            await File.WriteAllTextAsync(Path.Combine(folder["data"], "log", "checkpoint"), "note");
            DataBackup.Create(folder["data"], folder["backup"], TimeProvider.System.GetUtcNow());
        }

        // A link to nowhere in place of the folder: the copy fails between the database and its name.
        Directory.CreateDirectory(folder["restored"]);
        Directory.CreateSymbolicLink(Path.Combine(folder["restored"], "log"), folder["nowhere"]);
        Assert.ThrowsAny<IOException>(() => DataBackup.Restore(folder["backup"], folder["restored"]));

        Assert.False(File.Exists(Path.Combine(folder["restored"], "tds.sqlite")));
        var refusal = Assert.Throws<InvalidOperationException>(() => new Database(new StorageOptions { Folder = folder["restored"] }, "test-space", TimeProvider.System, []));
        Assert.Contains("broken off", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => DataBackup.Restore(folder["backup"], folder["restored"]));
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
        await File.WriteAllTextAsync(folder["outside"], "outside");
        var hash = Convert.ToHexStringLower(SHA256.HashData("outside"u8));
        await File.WriteAllTextAsync(manifest, text.Replace("\"Files\":{", "\"Files\":{\"../outside\":\"" + hash + "\",", StringComparison.Ordinal));
        Assert.Contains("../outside", Assert.Throws<InvalidOperationException>(() => DataBackup.Restore(folder["backup"], folder["restored"])).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(manifest, text[..(text.IndexOf("\"Files\":", StringComparison.Ordinal) + 8)] + "{}}");
        Assert.Contains("does not name tds.sqlite", Assert.Throws<InvalidOperationException>(() => DataBackup.Restore(folder["backup"], folder["restored"])).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["restored"]));
        File.Delete(manifest);
        Assert.Throws<InvalidOperationException>(() => DataBackup.Restore(folder["backup"], folder["restored"]));
        Assert.False(File.Exists(Path.Combine(folder["restored"], "tds.sqlite")));
    }
}
