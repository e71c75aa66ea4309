using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Storage;

/// <summary>The scripts of this assembly are the component 'test'; its version 1 is made by hand.</summary>
public sealed class MigrationTests : IDisposable
{
    private readonly TempFolder folder = new();

    private string DatabaseFile => Path.Combine(folder["data"], "tds.sqlite");

    private string Copy => DatabaseFile + ".before-test-2";

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_new_database_has_nothing_to_copy()
    {
        await using var database = Open();
        Assert.Equal(2, Version(database));
        Assert.Equal(["tds.sqlite"], Directory.GetFiles(folder["data"], "*.sqlite*").Select(Path.GetFileName).Where(name => !name!.Contains('-', StringComparison.Ordinal)));
        Assert.False(File.Exists(Copy));
    }

    [Fact]
    public async Task An_older_database_is_copied_before_it_is_changed()
    {
        await MakeVersionOneAsync();
        await using var database = Open();
        Assert.Equal("kept", database.Read(connection => connection.QuerySingle<string>("SELECT id FROM sample WHERE note IS NULL")));

        using var copy = new SqliteConnection($"Data Source={Copy};Pooling=false");
        copy.Open();
        Assert.Equal("kept", copy.QuerySingle<string>("SELECT id FROM sample"));
        Assert.Equal(1, copy.QuerySingle<long>("SELECT max(version) FROM schema_version WHERE component = 'test'"));
        Assert.False(File.Exists(Copy + ".unfinished"));
    }

    [Fact]
    public async Task A_copy_of_an_earlier_try_stays_and_an_unfinished_one_does_not()
    {
        await MakeVersionOneAsync();
        await File.WriteAllTextAsync(Copy, "the state before the first try");
        await using (Open())
        {
            Assert.Equal("the state before the first try", await File.ReadAllTextAsync(Copy));
        }

        File.Delete(Copy);
        Directory.Delete(folder["data"], recursive: true);
        await MakeVersionOneAsync();
        await File.WriteAllTextAsync(Copy + ".unfinished", "half");
        await using var database = Open();
        Assert.Equal(2, Version(database));
        Assert.NotEqual("half", await File.ReadAllTextAsync(Copy));
    }

    [Fact]
    public async Task A_database_that_is_up_to_date_is_not_copied()
    {
        await using (Open())
        {
        }

        await using var again = Open();
        Assert.False(File.Exists(Copy));
    }

    [Fact]
    public async Task A_database_newer_in_one_component_is_left_as_it_is()
    {
        await MakeVersionOneAsync();
        await using (var database = TestService.Open(folder))
        {
            await database.WriteAsync(unit => unit.Execute("INSERT INTO schema_version (component, version, applied_at) VALUES ('later', 999, 0)"));
        }

        Assert.Throws<InvalidOperationException>(() => Open(new SchemaComponent("later", typeof(MigrationTests).Assembly)));
        await using var unchanged = TestService.Open(folder);
        Assert.Equal(1, Version(unchanged));
        Assert.False(File.Exists(Copy));
    }

    [Fact]
    public async Task A_script_that_would_come_too_late_is_named_and_none_runs()
    {
        await using (var database = TestService.Open(folder))
        {
            await database.WriteAsync(unit => unit.Execute("INSERT INTO schema_version (component, version, applied_at) VALUES ('test', 2, 0)"));
        }

        var refused = Assert.Throws<InvalidOperationException>(() => Open());
        Assert.Contains("has version 2 of 'test', but not 1", refused.Message, StringComparison.Ordinal);
        await using var unchanged = TestService.Open(folder);
        Assert.Equal(0, unchanged.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM sqlite_schema WHERE name = 'sample'")));
        Assert.False(File.Exists(Copy));
    }

    [Fact]
    public async Task A_version_that_the_program_does_not_know_is_refused_also_below_its_highest()
    {
        await MakeVersionOneAsync();
        await using (var database = TestService.Open(folder))
        {
            await database.WriteAsync(unit => unit.Execute("UPDATE schema_version SET version = 0 WHERE component = 'test'"));
        }

        Assert.Contains("does not know", Assert.Throws<InvalidOperationException>(() => Open()).Message, StringComparison.Ordinal);
    }

    private async Task MakeVersionOneAsync()
    {
        await using var database = TestService.Open(folder);
        await database.WriteAsync(unit =>
        {
            unit.Execute("CREATE TABLE sample (space_id TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (space_id, id))");
            unit.Execute("INSERT INTO sample (space_id, id) VALUES (@Space, 'kept')", new { unit.Space });
            unit.Execute("INSERT INTO schema_version (component, version, applied_at) VALUES ('test', 1, 0)");
        });
    }

    private static long Version(Database database) => database.Read(connection =>
        connection.QuerySingle<long>("SELECT max(version) FROM schema_version WHERE component = 'test'"));

    private Database Open(params SchemaComponent[] more) => new(
        new StorageOptions { Folder = folder["data"] },
        "test-space",
        new ManualClock(),
        [new SchemaComponent("hosting", typeof(ServiceHost).Assembly), new SchemaComponent("test", typeof(MigrationTests).Assembly), .. more]);
}
