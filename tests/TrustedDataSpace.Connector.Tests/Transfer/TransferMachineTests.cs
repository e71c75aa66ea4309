using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Transfer;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Transfer;

/// <summary>Walks the whole table of DSP §9.1.3, for both roles of this connector and both senders.</summary>
public sealed class TransferMachineTests : IAsyncDisposable
{
    private readonly ConnectorUnderTest connector = new();

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public async Task Exactly_the_steps_of_the_table_are_taken_each_with_its_evidence()
    {
        var machine = connector.Get<TransferMachine>();
        foreach (var role in Enum.GetValues<DspRole>())
        {
            foreach (var by in Enum.GetValues<DspRole>())
            {
                foreach (var from in TransferStates.All)
                {
                    foreach (var to in TransferStates.All)
                    {
                        var id = $"{role}-{by}-{from}-{to}";
                        var refusal = await Record.ExceptionAsync(() => connector.Database.WriteAsync(unit => machine.Step(unit, Add(unit, id, role, from), by, to)));
                        Assert.Equal(TransferStates.May(by, from, to), refusal is null);
                        if (refusal is null)
                        {
                            Assert.Equal(to, connector.Get<TransferStore>().Find(id)!.State);
                            Assert.Equal(1, Count("SELECT count(*) FROM evidence_trail WHERE entry LIKE @like", $"%\"transfer.{to.ToLowerInvariant()}\"%{id}%"));
                            Assert.Equal(by == role ? 1 : 0, Count("SELECT count(*) FROM outbox WHERE topic = 'transfer.send' AND body LIKE @like", $"%{id}%"));
                        }
                        else
                        {
                            Assert.Equal(RefusalCode.InvalidTransition, Assert.IsType<RefusalException>(refusal).Code);
                            Assert.Null(connector.Get<TransferStore>().Find(id));
                        }
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(TransferStates.Suspended, FlowEnd.Suspended)]
    [InlineData(TransferStates.Completed, FlowEnd.Completed)]
    [InlineData(TransferStates.Terminated, FlowEnd.Terminated)]
    internal async Task A_providers_flow_is_open_only_while_its_transfer_is_started(string end, FlowEnd expected)
    {
        var machine = connector.Get<TransferMachine>();
        var flows = connector.Get<ProviderFlows>();
        var started = await connector.Database.WriteAsync(unit =>
            machine.Step(unit, Add(unit, "t1", DspRole.Provider, TransferStates.Requested), DspRole.Provider, TransferStates.Started));
        Assert.Null(flows.Find("t1")!.End);
        await connector.Database.WriteAsync(unit => machine.Step(unit, started, DspRole.Consumer, end));
        Assert.Equal(expected, flows.Find("t1")!.End);
    }

    [Fact]
    public async Task A_suspended_flow_opens_again_or_ends_for_good()
    {
        var machine = connector.Get<TransferMachine>();
        var flows = connector.Get<ProviderFlows>();
        await connector.Database.WriteAsync(unit =>
        {
            var started = machine.Step(unit, Add(unit, "t1", DspRole.Provider, TransferStates.Requested), DspRole.Provider, TransferStates.Started);
            var suspended = machine.Step(unit, started, DspRole.Consumer, TransferStates.Suspended);
            machine.Step(unit, suspended, DspRole.Consumer, TransferStates.Started);
        });
        Assert.Null(flows.Find("t1")!.End);
        await connector.Database.WriteAsync(unit =>
        {
            var suspended = machine.Step(unit, TransferStore.Find(unit, "t1")!, DspRole.Consumer, TransferStates.Suspended);
            machine.Step(unit, suspended, DspRole.Consumer, TransferStates.Terminated);
        });
        Assert.Equal(FlowEnd.Terminated, flows.Find("t1")!.End);
    }

    [Theory]
    [InlineData(DspRole.Provider, DspRole.Provider, true)]
    [InlineData(DspRole.Provider, DspRole.Consumer, false)]
    [InlineData(DspRole.Consumer, DspRole.Provider, false)]
    [InlineData(DspRole.Consumer, DspRole.Consumer, true)]
    public async Task Only_the_side_that_has_suspended_a_transfer_starts_it_again(DspRole suspends, DspRole starts, bool may)
    {
        var machine = connector.Get<TransferMachine>();
        var suspended = await connector.Database.WriteAsync(unit => machine.Step(unit, Add(unit, "t1", DspRole.Provider, TransferStates.Started), suspends, TransferStates.Suspended));
        var refusal = await Record.ExceptionAsync(() => connector.Database.WriteAsync(unit => machine.Step(unit, suspended, starts, TransferStates.Started)));
        Assert.Equal(may, refusal is null);
        var now = connector.Get<TransferStore>().Find("t1")!;
        Assert.Equal(may ? (TransferStates.Started, null) : (TransferStates.Suspended, suspends.ToString().ToUpperInvariant()), (now.State, now.SuspendedBy));
        if (refusal is not null)
        {
            Assert.Contains(suspends.ToString(), Assert.IsType<RefusalException>(refusal).Message, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static TransferRecord Add(UnitOfWork unit, string id, DspRole role, string state)
    {
        var record = new TransferRecord
        {
            Id = id,
            Role = role,
            State = state,
            Counterparty = "did:web:peer.example",
            CounterpartyPid = "pid-of-" + id,
            AgreementId = "agreement-1",
            Format = DspConstants.HttpPull,
        };
        TransferStore.Add(unit, record);
        return record;
    }

    private long Count(string sql, string like) => connector.Database.Read(connection => connection.QuerySingle<long>(sql, new { like }));
}
