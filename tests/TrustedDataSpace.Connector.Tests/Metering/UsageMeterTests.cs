using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

public sealed class UsageMeterTests : IAsyncDisposable
{
    private static readonly ProviderFlow Flow = new("flow-1", "agreement-1", "did:web:vpp.example", null, null, CancellationToken.None);

    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private readonly Database database;
    private readonly UsageMeter meter;

    public UsageMeterTests()
    {
        var settings = new ConnectorSettings { Space = new SpaceOptions { Id = "test-space" } };
        database = new Database(
            new StorageOptions { Folder = folder["data"] },
            settings.Space.Id,
            clock,
            [new SchemaComponent("hosting", typeof(Database).Assembly), new SchemaComponent("connector", typeof(ConnectorHost).Assembly)]);
        meter = new UsageMeter(database, settings);
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Under_any_concurrency_every_reservation_has_its_own_number_and_count()
    {
        await OpenFlowAsync();
        var tickets = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => meter.ReserveAsync(Flow, "inference"))));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), tickets.Select(ticket => ticket.Used).Order());
        Assert.Equal(200, tickets.Select(ticket => (ticket.Interval, ticket.Sequence)).Distinct().Count());
    }

    [Fact]
    public async Task A_released_use_may_be_used_again_and_leaves_no_leaf()
    {
        await OpenFlowAsync();
        var first = await meter.ReserveAsync(Flow, "inference");
        await meter.ReleaseAsync(first);
        var second = await meter.ReserveAsync(Flow, "inference");
        Assert.Equal(1, second.Used);
        await meter.SettleAsync(second, new Delivered(UsageOutcomes.Ok, 96, 1000));
        var counts = Assert.Single(meter.Counts(Flow.AgreementId));
        Assert.Equal(("inference", UsageOutcomes.Ok, 1, 96, 1000), (counts.Purpose, counts.Outcome, counts.Requests, counts.Rows, counts.Bytes));
    }

    [Fact]
    public async Task A_flow_that_has_ended_reserves_nothing()
    {
        await OpenFlowAsync();
        await database.WriteAsync(unit => FlowRow.Close(unit, FlowRow.Provider, Flow.Id, FlowEnd.Terminated, "over"));
        await Assert.ThrowsAsync<RefusalException>(() => meter.ReserveAsync(Flow, "inference"));
        Assert.Empty(meter.Counts(Flow.AgreementId));
    }

    [Fact]
    public async Task The_consumer_counts_no_number_of_the_provider_twice()
    {
        var flow = new ConsumerFlow("flow-1", "agreement-1", "did:web:grid.example", "http://127.0.0.1:1/data/flow-1", "token");
        await meter.OpenAsync(flow, 7, 1, "inference");
        await Assert.ThrowsAsync<RefusalException>(() => meter.OpenAsync(flow, 7, 1, "inference"));
        await meter.OpenAsync(flow, 7, 2, "inference");
    }

    [Fact]
    public async Task What_a_kill_interrupted_is_counted_as_cut_and_keeps_its_quota()
    {
        await OpenFlowAsync();
        await meter.ReserveAsync(Flow, "inference");
        Assert.Equal(1, await meter.SettleInterruptedAsync());
        Assert.Equal(UsageOutcomes.Cut, Assert.Single(meter.Counts(Flow.AgreementId)).Outcome);
        Assert.Equal(2, (await meter.ReserveAsync(Flow, "inference")).Used);
    }

    [Fact]
    public async Task A_clock_set_back_never_reopens_a_recorded_interval()
    {
        await OpenFlowAsync();
        var first = await meter.ReserveAsync(Flow, "inference");
        await database.WriteAsync(unit => unit.Execute(
            """
            INSERT INTO usage_records (space_id, role, flow, interval_no, id, agreement_id, record, signature)
            VALUES (@Space, 'PROVIDER', 'flow-1', @Interval, 'r', 'agreement-1', '{}', '')
            """,
            new { unit.Space, first.Interval }));
        clock.Advance(TimeSpan.FromHours(-1));
        Assert.Equal(first.Interval + 1, (await meter.ReserveAsync(Flow, "inference")).Interval);
    }

    private Task OpenFlowAsync() => database.WriteAsync(unit => FlowRow.Put(unit, new FlowRow
    {
        Role = FlowRow.Provider,
        Flow = Flow.Id,
        AgreementId = Flow.AgreementId,
        Counterparty = Flow.Consumer,
        State = FlowRow.Open,
    }));
}
