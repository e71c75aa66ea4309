using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

public sealed class UsageLeavesTests : IAsyncDisposable
{
    private const long Interval = 29_000_000;

    private readonly TempFolder folder = new();
    private readonly ConnectorSettings settings;
    private readonly Database database;

    public UsageLeavesTests()
    {
        settings = new ConnectorSettings { Space = new SpaceOptions { Id = "test-space" }, Storage = new StorageOptions { Folder = folder["data"] } };
        database = new Database(
            settings.Storage,
            settings.Space.Id,
            new ManualClock(),
            [new SchemaComponent("hosting", typeof(Database).Assembly), new SchemaComponent("connector", typeof(ConnectorHost).Assembly)]);
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        folder.Dispose();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 2)]
    [InlineData(3_000, 2)]
    [InlineData(3_000, 7)]
    [InlineData(3_000, 1)]
    public async Task Leaves_of_pages_and_rows_come_in_order_in_whatever_order_the_uses_ended(int uses, int everySoManyHasARow)
    {
        // Some last longer than a hundred others that began later.
        var ended = Enumerable.Range(1, uses).OrderBy(i => i + (i * 37 % 150)).ToList();
        foreach (var batch in ended.Chunk(LeafPages.Most))
        {
            await database.WriteAsync(unit =>
            {
                List<(UsageTicket, Delivered)> paged = [.. batch.Where(i => i % everySoManyHasARow > 0).Select(i => (Ticket(i, null), Delivered(i)))];
                if (paged.Count > 0)
                {
                    UsageTables.AddSettled(unit, paged);
                }

                foreach (var i in batch.Where(i => i % everySoManyHasARow == 0))
                {
                    UsageTables.Open(unit, Ticket(i, "key-" + i));
                    UsageTables.Settle(unit, Ticket(i, "key-" + i).Use, Delivered(i));
                }
            });
        }

        var leaves = new UsageLeaves(database, settings);
        var expected = new UsageSum();
        foreach (var i in Enumerable.Range(1, uses))
        {
            expected.Add(new UsageLeaf { Flow = "flow-1", Interval = Interval, Sequence = i, Purpose = Ticket(i, null).Claim.Purpose, Outcome = Delivered(i).Outcome, Rows = i, Bytes = 2 * i });
        }

        var sum = await leaves.SumAsync(FlowRow.Provider, "flow-1", Interval, new WorkPace(CancellationToken.None));
        Assert.Equal((uses, expected.Root), (sum.Leaves, sum.Root));
        Assert.Equal(expected.Counts, sum.Counts);
        Assert.Equal(Enumerable.Range(1, uses).Select(i => (long)i), leaves.Of(FlowRow.Provider, "flow-1", Interval).Select(leaf => leaf.Sequence));
        Assert.Equal(0, (await leaves.SumAsync(FlowRow.Consumer, "flow-1", Interval, new WorkPace(CancellationToken.None))).Leaves);
    }

    private static UsageTicket Ticket(int i, string? key) =>
        new(FlowRow.Provider, "flow-1", Interval, i, "agreement-1", new UsageClaim(i % 3 == 0 ? "用电预测" : "inference", key, key ?? "", "request-" + i), i);

    private static Delivered Delivered(int i) => new(i % 5 == 0 ? UsageOutcomes.Miss : UsageOutcomes.Ok, i, 2 * i);
}
