using Dapper;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Storage;

public sealed class DatabaseTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_refused_command_leaves_nothing_and_its_neighbours_stay()
    {
        await using var database = TestService.Open(folder);
        var good = Enumerable.Range(0, 50).Select(i => database.WriteAsync(unit => SecretHashes.Put(unit, $"good{i}", "x")));
        var bad = Enumerable.Range(0, 50).Select(i => database.WriteAsync(unit =>
        {
            SecretHashes.Put(unit, $"bad{i}", "x");
            throw new InvalidOperationException("refused");
        }));
        var all = good.Zip(bad).SelectMany(pair => new[] { pair.First, pair.Second }).ToList();

        foreach (var task in all.Where((_, i) => i % 2 == 1))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => task);
        }

        await Task.WhenAll(all.Where((_, i) => i % 2 == 0));
        Assert.Equal(50, Count(database, "good%"));
        Assert.Equal(0, Count(database, "bad%"));
    }

    [Fact]
    public async Task Who_waits_for_a_commit_is_woken_when_memory_knows_it_too()
    {
        await using var database = TestService.Open(folder);
        var waiting = database.WaitUntilAsync(() => Count(database, "news") == 1, Deadline.Limit, CancellationToken.None);
        var wokenBefore = true;
        await database.WriteAsync(unit =>
        {
            SecretHashes.Put(unit, "news", "x");
            unit.OnCommitted(() => wokenBefore = waiting.Wait(TimeSpan.FromMilliseconds(100)));
        });
        Assert.True(await waiting);
        Assert.False(wokenBefore);
    }

    [Fact]
    public async Task A_folder_that_the_service_makes_is_open_to_its_user_only_and_one_that_is_there_keeps_its_mode()
    {
        const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode Shared = Mine | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using (TestService.Open(folder))
        {
            Assert.Equal(Mine, File.GetUnixFileMode(folder["data"]));
        }

        File.SetUnixFileMode(folder["data"], Shared);
        await using var again = TestService.Open(folder);
        Assert.Equal(Shared, File.GetUnixFileMode(folder["data"]));
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_restart()
    {
        await using (var database = TestService.Open(folder))
        {
            await database.WriteAsync(unit => SecretHashes.Put(unit, "kept", "x"));
        }

        await using var again = TestService.Open(folder);
        Assert.Equal(1, Count(again, "kept"));
    }

    [Fact]
    public async Task Callbacks_run_only_for_commands_that_became_durable()
    {
        await using var database = TestService.Open(folder);
        var called = new List<string>();
        await database.WriteAsync(unit => unit.OnCommitted(() => called.Add("good")));
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(unit =>
        {
            unit.OnCommitted(() => called.Add("bad"));
            throw new InvalidOperationException("refused");
        }));
        Assert.Equal(["good"], called);
    }

    [Fact]
    public async Task A_list_is_a_parameter_like_others_however_long_it_is_and_again()
    {
        await using var database = TestService.Open(folder);
        foreach (var length in new[] { 3, 1, 0, 40, 3, 3 })
        {
            string[] names = [.. Enumerable.Range(0, length).Select(i => $"name{i}")];
            var written = await database.WriteAsync(unit =>
            {
                unit.Execute("DELETE FROM secret_hashes WHERE space_id = @Space", new { unit.Space });
                foreach (var name in names.Append("another"))
                {
                    SecretHashes.Put(unit, name, "x");
                }

                return unit.Query<string>("SELECT name FROM secret_hashes WHERE space_id = @Space AND name IN @names", new { unit.Space, names });
            });

            Assert.Equal(names.Order(), written.Order());
            Assert.Equal(names.Order(), database.Read(connection => connection.Query<string>("SELECT name FROM secret_hashes WHERE name IN @names", new { names })).Order());
            Assert.Equal(1, database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM secret_hashes WHERE name NOT IN @names", new { names })));
        }
    }

    [Fact]
    public async Task A_folder_serves_one_database_at_a_time()
    {
        await using (var database = TestService.Open(folder))
        {
            var refusal = Assert.Throws<InvalidOperationException>(() => TestService.Open(folder));
            Assert.Contains("in use", refusal.Message, StringComparison.Ordinal);
        }

        await using var after = TestService.Open(folder);
    }

    [Fact]
    public async Task A_read_connection_cannot_write()
    {
        await using var database = TestService.Open(folder);
        Assert.Throws<Microsoft.Data.Sqlite.SqliteException>(() => database.Read(connection => connection.Execute("DELETE FROM outbox")));
    }

    [Fact]
    public async Task A_read_sees_the_last_commit_also_through_a_connection_that_has_read_before()
    {
        await using var database = TestService.Open(folder);
        for (var i = 0; i < 50; i++)
        {
            await database.WriteAsync(unit => SecretHashes.Put(unit, $"kept{i}", "x"));
            Assert.Equal(i + 1, Count(database, "kept%"));
        }
    }

    [Fact]
    public async Task A_statement_that_failed_and_one_inside_itself_do_no_harm_to_the_next()
    {
        await using var database = TestService.Open(folder);
        await database.WriteAsync(unit =>
        {
            SecretHashes.Put(unit, "a", "x");
            SecretHashes.Put(unit, "b", "x");
        });
        const string Twice = "INSERT INTO secret_hashes (space_id, name, hash) VALUES ('s', @name, 'x')";
        for (var i = 0; i < 3; i++)
        {
            await database.WriteAsync(unit => unit.Execute(Twice, new { name = $"n{i}" }));
            await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => database.WriteAsync(unit => unit.Execute(Twice, new { name = $"n{i}" })));
            Assert.Throws<Microsoft.Data.Sqlite.SqliteException>(() => database.Read(connection => connection.Query<string>("SELECT none FROM nowhere").AsList()));
        }

        const string Names = "SELECT name FROM secret_hashes WHERE space_id <> 's' ORDER BY name";
        var pairs = database.Read(connection => connection.Query<string>(Names, buffered: false)
            .SelectMany(outer => connection.Query<string>(Names, buffered: false).Select(inner => outer + inner)).ToList());
        Assert.Equal(["aa", "ab", "ba", "bb"], pairs);
        Assert.Equal(["a", "b"], database.Read(connection => connection.Query<string>(Names).AsList()));
    }

    [Fact]
    public async Task Many_different_statements_and_readers_side_by_side_are_no_trouble()
    {
        await using var database = TestService.Open(folder);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                var number = (worker * 100) + i;
                Assert.Equal(number, database.Read(connection => connection.QuerySingle<long>($"SELECT {number}")));
            }
        })));
    }

    [Fact]
    public async Task Waiting_ends_with_the_commit_that_makes_the_condition_true()
    {
        await using var database = TestService.Open(folder);
        var waiting = database.WaitUntilAsync(() => Count(database, "awaited") == 1, Deadline.Limit, CancellationToken.None);
        await database.WriteAsync(unit => SecretHashes.Put(unit, "other", "x"));
        Assert.False(waiting.IsCompleted && await waiting);
        await database.WriteAsync(unit => SecretHashes.Put(unit, "awaited", "x"));
        Assert.True(await waiting.Within("the commit"));
    }

    [Fact]
    public async Task Waiting_for_what_never_comes_ends_with_false()
    {
        await using var database = TestService.Open(folder);
        Assert.False(await database.WaitUntilAsync(() => false, TimeSpan.FromMilliseconds(20), CancellationToken.None));
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused()
    {
        await using (var database = TestService.Open(folder))
        {
            await database.WriteAsync(unit => unit.Execute("INSERT INTO schema_version (component, version, applied_at) VALUES ('hosting', 999, 0)"));
        }

        var refusal = Assert.Throws<InvalidOperationException>(() => TestService.Open(folder));
        Assert.Contains("999", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_after_the_end_are_refused()
    {
        var database = TestService.Open(folder);
        await database.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => database.WriteAsync(_ => { }));
    }

    private static long Count(Database database, string pattern) => database.Read(connection =>
        connection.QuerySingle<long>("SELECT count(*) FROM secret_hashes WHERE name LIKE @pattern", new { pattern }));
}
