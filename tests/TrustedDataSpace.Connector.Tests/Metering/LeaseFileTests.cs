using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

public sealed class LeaseFileTests : IAsyncDisposable
{
    private readonly TempFolder folder = new();
    private readonly Database database;
    private readonly List<LeaseFile> files = [];

    public LeaseFileTests() => database = new Database(
        new StorageOptions { Folder = folder["data"] },
        "test-space",
        new ManualClock(),
        [new SchemaComponent("hosting", typeof(Database).Assembly), new SchemaComponent("connector", typeof(ConnectorHost).Assembly)]);

    public async ValueTask DisposeAsync()
    {
        files.ForEach(file => file.Dispose());
        await database.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task What_was_kept_is_in_the_table_after_the_next_start()
    {
        var file = await StartAsync();
        Assert.True(await KeepAsync(file, "a", new Lease("count", 0, 64), new Lease("count/P1D@UTC", 5, 40)));
        Assert.True(await KeepAsync(file, "b", new Lease("count", 0, 7)));
        Assert.True(await KeepAsync(file, "a", new Lease("count", 0, 128)));
        Assert.Empty(Table());

        await StartAsync();
        Assert.Equal(["a count 0 128", "a count/P1D@UTC 5 40", "b count 0 7"], Table());
    }

    [Theory]
    [InlineData(0, 100, 0, 64, "a count 0 100")]
    [InlineData(0, 64, 0, 100, "a count 0 100")]
    [InlineData(6, 1, 5, 64, "a count 6 1")]
    [InlineData(5, 64, 6, 1, "a count 6 1")]
    public async Task Of_file_and_table_the_later_period_counts_and_in_one_period_the_higher_end(long period, long stored, long keptPeriod, long kept, string expected)
    {
        var file = await StartAsync();
        Assert.True(await KeepAsync(file, "a", new Lease("count", keptPeriod, kept)));
        await database.WriteAsync(unit => QuotaLeases.Store(unit, "a", new Lease("count", period, stored)));

        await StartAsync();
        Assert.Equal([expected], Table());
    }

    [Fact]
    public async Task The_table_follows_with_the_uses_and_once()
    {
        var file = await StartAsync();
        Assert.True(await KeepAsync(file, "a", new Lease("count", 0, 64)));
        await database.WriteAsync(file.Store);
        Assert.Equal(["a count 0 64"], Table());

        await database.WriteAsync(unit => QuotaLeases.Store(unit, "a", new Lease("count", 0, 1)));
        await database.WriteAsync(file.Store);
        Assert.Equal(["a count 0 1"], Table());
    }

    [Fact]
    public async Task A_writing_that_was_torn_leaves_the_one_before()
    {
        var file = await StartAsync();
        for (var end = 64; end <= 192; end += 64)
        {
            Assert.True(await KeepAsync(file, "a", new Lease("count", 0, end)));
        }

        // The first half has the odd writings; of the third one, byte 24 and those behind it are the end of the lease.
        await using (var stream = new FileStream(folder["data/quota-leases"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.Position = 512 + 24;
            stream.WriteByte(0xFF);
        }

        await StartAsync();
        Assert.Equal(["a count 0 128"], Table());
    }

    [Fact]
    public async Task What_was_forgotten_is_not_there_after_the_next_start_and_its_place_is_free()
    {
        var file = await StartAsync();
        for (var i = 0; i < 3 * LeaseFile.Places; i++)
        {
            Assert.True(await KeepAsync(file, "a" + i, new Lease("count", 0, 64)));
            file.Forget("a" + i, "count");
        }

        Assert.True(await KeepAsync(file, "last", new Lease("count", 0, 64)));
        await StartAsync();
        Assert.Equal(["last count 0 64"], Table());
    }

    [Fact]
    public async Task What_has_no_room_is_not_taken()
    {
        var file = await StartAsync();
        Assert.False(await KeepAsync(file, "a", new Lease(new string('x', 600), 0, 64)));
        for (var i = 0; i < LeaseFile.Places; i++)
        {
            Assert.True(await KeepAsync(file, "a" + i, new Lease("count", 0, 64)));
        }

        Assert.False(await KeepAsync(file, "one more", new Lease("count", 0, 64)));
        Assert.True(await KeepAsync(file, "a7", new Lease("count", 0, 128)));
    }

    [Fact]
    public async Task Who_cannot_say_what_is_wanted_is_told_and_holds_up_nobody()
    {
        var file = await StartAsync();
        var told = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(file.TryKeep("a", () => throw new InvalidOperationException("not now"), (_, failure) => told.SetResult(failure)));
        Assert.Equal("not now", (await told.Task.WaitAsync(Deadline.Limit))?.Message);
        Assert.True(await KeepAsync(file, "a", new Lease("count", 0, 64)));
    }

    [Fact]
    public void Before_the_table_has_taken_over_nothing_is_kept()
    {
        using var file = new LeaseFile(folder["data"]);
        Assert.False(file.TryKeep("a", () => [new Lease("count", 0, 64)], (_, _) => { }));
    }

    [Fact]
    public async Task A_start_that_was_not_committed_leaves_the_file_as_it_is()
    {
        var file = await StartAsync();
        Assert.True(await KeepAsync(file, "a", new Lease("count", 0, 64)));
        var broken = new LeaseFile(folder["data"]);
        files.Add(broken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(unit =>
        {
            broken.TakeOver(unit);
            throw new InvalidOperationException("broken off");
        }));
        Assert.Empty(Table());

        await StartAsync();
        Assert.Equal(["a count 0 64"], Table());
    }

    private async Task<LeaseFile> StartAsync()
    {
        var file = new LeaseFile(folder["data"]);
        files.Add(file);
        await database.WriteAsync(file.TakeOver);
        return file;
    }

    private static Task<bool> KeepAsync(LeaseFile file, string agreement, params Lease[] leases)
    {
        var kept = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(file.TryKeep(agreement, () => leases, (durable, failure) => _ = failure is null ? kept.TrySetResult(durable == leases) : kept.TrySetException(failure)));
        return kept.Task.WaitAsync(Deadline.Limit);
    }

    private List<string> Table() => database.Read(connection => Dapper.SqlMapper.Query<string>(
        connection, "SELECT agreement_id || ' ' || counter || ' ' || period_no || ' ' || leased FROM quota_leases ORDER BY agreement_id, counter").ToList());
}
