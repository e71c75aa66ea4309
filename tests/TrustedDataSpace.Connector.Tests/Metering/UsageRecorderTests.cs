using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
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

    private async Task UseAsync(string id, string agreement)
    {
        var database = connector.Service<Database>();
        var meter = connector.Service<UsageMeter>();
        var flow = new ProviderFlow(id, agreement, TestSpace.Peer, null, null, CancellationToken.None);
        await database.WriteAsync(unit => FlowRow.Put(unit, new FlowRow
        {
            Role = FlowRow.Provider,
            Flow = id,
            AgreementId = agreement,
            Counterparty = TestSpace.Peer,
            State = FlowRow.Open,
        }));
        var ticket = await meter.ReserveAsync(flow, new UsageClaim("inference", null, ""));
        await meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Ok, 1, 1));
        await database.WriteAsync(unit =>
        {
            meter.Close(unit, id);
            FlowRow.Close(unit, FlowRow.Provider, id, FlowEnd.Completed, "done");
            unit.OnCommitted(meter.Signal.Set);
        });
    }
}
