using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Receipts;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

public sealed class UsageRecorderTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task An_interval_that_cannot_be_recorded_holds_up_no_other()
    {
        var agreement = await connector.AgreeAsConsumerAsync();
        await UseAsync("a-broken-flow", "no such agreement");
        await UseAsync("flow-1", agreement);
        Assert.True(
            await connector.Service<Database>().WaitUntilAsync(() => connector.Service<UsageMeter>().IsAtRest(agreement), Deadline.Limit, CancellationToken.None),
            "the use was not recorded");
    }

    [Fact]
    public async Task More_intervals_than_fit_into_one_pass_are_recorded_without_another_signal()
    {
        const int Intervals = 120;
        var agreement = await connector.AgreeAsProviderAsync();
        var meter = connector.Service<UsageMeter>();
        var flow = await OpenAsync("flow-1", agreement);
        await meter.SettleAsync(await meter.ReserveAsync(flow, new UsageClaim("inference", null, "")), new Delivered(UsageOutcomes.Ok, 1, 1));
        var present = UsageInterval.At(TimeProvider.System.GetUtcNow());
        await connector.Service<Database>().WriteAsync(unit =>
        {
            for (var interval = present - Intervals - 1; interval < present - 1; interval++)
            {
                var claim = Claim(agreement, flow.Id, interval);
                connector.Service<UsageReceipts>().Received(unit, new ReceiptKey(FlowRow.Provider, flow.Id, interval), claim, claim.Sign(space.MemberKey));
            }

            meter.Close(unit, flow.Id);
            FlowRow.Close(unit, FlowRow.Provider, flow.Id, FlowEnd.Completed, "done");
            unit.OnCommitted(meter.Signal.Set);
        });

        // Sooner than the recorder looks by itself.
        Assert.True(
            await connector.Service<Database>().WaitUntilAsync(() => Records() == Intervals + 1, UsageInterval.Length / 2, CancellationToken.None),
            $"{Records()} intervals were recorded");
    }

    [Fact]
    public async Task After_a_record_of_nothing_a_clock_that_is_set_back_brings_no_use_into_its_interval()
    {
        var agreement = await connector.AgreeAsProviderAsync();
        var meter = connector.Service<UsageMeter>();
        var database = connector.Service<Database>();
        var flow = await OpenAsync("flow-1", agreement);
        await meter.ReleaseAsync(await meter.ReserveAsync(flow, new UsageClaim("inference", null, "")));

        // As before the clock was set back: that interval is over.
        var over = UsageInterval.At(TimeProvider.System.GetUtcNow()) + 1;
        var claim = Claim(agreement, "flow-1", over);
        await database.WriteAsync(unit =>
        {
            unit.Execute("UPDATE flows SET last_interval = @over", new { over });
            connector.Service<UsageReceipts>().Received(unit, new ReceiptKey(FlowRow.Provider, "flow-1", over), claim, claim.Sign(space.MemberKey));
            unit.OnCommitted(meter.Signal.Set);
        });
        Assert.True(await database.WaitUntilAsync(() => Records() == 1, Deadline.Limit, CancellationToken.None), "the claim was not answered");

        var ticket = await meter.ReserveAsync(flow, new UsageClaim("inference", null, ""));
        Assert.True(ticket.Interval > over, $"interval {over} is recorded, and a use got a number of {ticket.Interval}");
    }

    private long Records() => connector.Service<Database>().Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM usage_records"));

    private UsageRecord Claim(string agreement, string flow, long interval) => new()
    {
        Id = $"{flow}/{interval}",
        Source = TestSpace.Peer,
        AgreementId = agreement,
        ProductId = TestConnector.Product,
        ProviderId = TestSpace.Connector,
        ConsumerId = TestSpace.Peer,
        Flow = flow,
        Interval = interval,
        From = UsageInterval.Start(interval),
        To = UsageInterval.Start(interval + 1),
        Counts = [],
        Leaves = 0,
        LeafRoot = new UsageSum().Root,
    };

    private async Task<ProviderFlow> OpenAsync(string id, string agreement)
    {
        await connector.Service<Database>().WriteAsync(unit => FlowRow.Put(unit, new FlowRow
        {
            Role = FlowRow.Provider,
            Flow = id,
            AgreementId = agreement,
            Counterparty = TestSpace.Peer,
            State = FlowRow.Open,
        }));
        return new ProviderFlow(id, agreement, TestSpace.Peer, null, null, new FlowStop());
    }

    private async Task UseAsync(string id, string agreement)
    {
        var meter = connector.Service<UsageMeter>();
        var ticket = await meter.ReserveAsync(await OpenAsync(id, agreement), new UsageClaim("inference", null, ""));
        await meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Ok, 1, 1));
        await connector.Service<Database>().WriteAsync(unit =>
        {
            meter.Close(unit, id);
            FlowRow.Close(unit, FlowRow.Provider, id, FlowEnd.Completed, "done");
            unit.OnCommitted(meter.Signal.Set);
        });
    }
}
