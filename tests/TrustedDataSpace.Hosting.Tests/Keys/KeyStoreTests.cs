using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Keys;

public sealed class KeyStoreTests : IDisposable
{
    private const string Name = "participant";
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Keys_are_accepted_before_they_sign_and_for_the_overlap_after()
    {
        await using var database = TestService.Open(folder, clock);
        using var keys = new KeyStore(database, TestService.Settings(folder));
        var first = keys.Signing(Name);

        var second = await PublishAsync(database, keys);
        Assert.Equal(first.Kid, keys.Signing(Name).Kid);
        Assert.Equal([second, first.Kid], Accepted(keys));

        await PromoteAsync(database, keys);
        Assert.Equal(second, keys.Signing(Name).Kid);
        Assert.Equal([second, first.Kid], Accepted(keys));

        // Whoever asked for the key before may still be signing.
        Assert.NotEmpty(first.Sign("x"u8));

        clock.Advance(Overlap - TimeSpan.FromMilliseconds(1));
        Assert.Equal([second, first.Kid], Accepted(keys));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([second], Accepted(keys));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_replaced_private_key_is_destroyed_unless_it_is_the_first_and_kept(bool keepFirst)
    {
        string first, third;
        await using (var database = TestService.Open(folder, clock))
        {
            using var keys = new KeyStore(database, TestService.Settings(folder));
            first = keys.Signing(Name).Kid;
            for (var i = 0; i < 2; i++)
            {
                await PublishAsync(database, keys);
                await PromoteAsync(database, keys, keepFirst);
            }

            third = keys.Signing(Name).Kid;
            Assert.Equal(
                keepFirst ? 2 : 1,
                database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM signing_keys WHERE sealed <> ''")));
        }

        await using (var database = TestService.Open(folder, clock))
        {
            using var keys = new KeyStore(database, TestService.Settings(folder));
            Assert.Equal(third, keys.Signing(Name).Kid);
            Assert.Equal(keepFirst ? first : third, keys.First(Name).Kid);
            Assert.Equal(3, Accepted(keys).Count());
        }
    }

    [Fact]
    public async Task A_refused_command_changes_no_key()
    {
        await using var database = TestService.Open(folder, clock);
        using var keys = new KeyStore(database, TestService.Settings(folder));
        var first = keys.Signing(Name).Kid;
        await PublishAsync(database, keys);
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(unit =>
        {
            keys.Promote(unit, Name, keys.Ring(Name), Overlap, keepFirst: false);
            throw new InvalidOperationException("no");
        }));
        Assert.Equal(first, keys.Signing(Name).Kid);
    }

    [Fact]
    public async Task A_key_of_the_table_before_is_the_current_one()
    {
        var settings = TestService.Settings(folder);
        using var old = SigningKey.Generate();
        Directory.CreateDirectory(settings.Storage.Folder);
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(settings.Storage.Folder, "tds.sqlite")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var script = typeof(ServiceHost).Assembly.GetManifestResourceStream("TrustedDataSpace.Hosting.Storage.Migrations.001_hosting.sql")!;
            await connection.ExecuteAsync(await new StreamReader(script).ReadToEndAsync());
            await connection.ExecuteAsync(
                """
                CREATE TABLE schema_version (component TEXT NOT NULL, version BIGINT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (component, version));
                INSERT INTO schema_version VALUES ('hosting', 1, 0);
                """);
            using var master = MasterKey.Open(settings, somethingIsSealed: false);
            await connection.ExecuteAsync(
                "INSERT INTO signing_keys (space_id, name, kid, sealed, created_at) VALUES ('test-space', @Name, @Kid, @Sealed, 5)",
                new { Name, old.Kid, Sealed = master.Seal(old.ExportPkcs8(), "signing-key:" + Name) });
        }

        await using var database = TestService.Open(folder, clock);
        using var keys = new KeyStore(database, settings);
        Assert.Equal(old.Kid, keys.Signing(Name).Kid);
        await PublishAsync(database, keys);
        await PromoteAsync(database, keys);
        Assert.Contains(old.Kid, Accepted(keys));
    }

    private async Task<string> PublishAsync(Database database, KeyStore keys)
    {
        using var key = SigningKey.Generate();
        var box = keys.SealKey(Name, key);
        await database.WriteAsync(unit => keys.Add(unit, Name, key.Public, box, KeyRow.Next, clock.GetUtcNow()));
        return key.Kid;
    }

    private static Task PromoteAsync(Database database, KeyStore keys, bool keepFirst = false)
    {
        var ring = keys.Ring(Name);
        return database.WriteAsync(unit => keys.Promote(unit, Name, ring, Overlap, keepFirst));
    }

    private IEnumerable<string> Accepted(KeyStore keys) => keys.Accepted(Name, clock.GetUtcNow()).Select(key => key.Kid);
}
