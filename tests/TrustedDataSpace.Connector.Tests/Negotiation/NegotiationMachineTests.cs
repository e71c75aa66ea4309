using Dapper;
using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Negotiation;

/// <summary>Walks the whole table of DSP §7.1.2, for both roles of this connector and both senders.</summary>
public sealed class NegotiationMachineTests : IAsyncDisposable
{
    private const string Agreement =
        """{"@type":"Agreement","@id":"ID","target":"d1","assigner":"did:web:a.example","assignee":"did:web:b.example","permission":[{"action":"use"}]}""";

    private readonly ConnectorUnderTest connector = new();

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public async Task Exactly_the_steps_of_the_table_are_taken_each_with_its_evidence()
    {
        var machine = connector.Get<NegotiationMachine>();
        foreach (var role in Enum.GetValues<DspRole>())
        {
            foreach (var by in Enum.GetValues<DspRole>())
            {
                foreach (var from in NegotiationStates.All)
                {
                    foreach (var to in NegotiationStates.All)
                    {
                        var id = $"{role}-{by}-{from}-{to}";
                        var refusal = await Record.ExceptionAsync(() => connector.Database.WriteAsync(unit => machine.Step(unit, Add(unit, id, role, from), by, to)));
                        Assert.Equal(NegotiationStates.May(by, from, to), refusal is null);
                        if (refusal is null)
                        {
                            Assert.Equal(to, connector.Get<NegotiationStore>().Find(id)!.State);
                            Assert.Equal(1, Count("SELECT count(*) FROM evidence_trail WHERE entry LIKE @like", $"%\"negotiation.{to.ToLowerInvariant()}\"%{id}%"));
                            Assert.Equal(by == role ? 1 : 0, Count("SELECT count(*) FROM outbox WHERE topic = 'negotiation.send' AND body LIKE @like", $"%{id}%"));
                        }
                        else
                        {
                            Assert.Equal(RefusalCode.InvalidTransition, Assert.IsType<RefusalException>(refusal).Code);
                            Assert.Null(connector.Get<NegotiationStore>().Find(id));
                            Assert.Equal(0, Count("SELECT count(*) FROM evidence_trail WHERE entry LIKE @like", $"%{id}%"));
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public async Task A_negotiation_that_cannot_go_on_ends_here_and_one_that_is_final_stays()
    {
        var machine = connector.Get<NegotiationMachine>();
        var reason = new RefusalException(RefusalCode.Unavailable, "nobody answered");
        foreach (var state in NegotiationStates.All)
        {
            await connector.Database.WriteAsync(unit => machine.Abandon(unit, Add(unit, state, DspRole.Consumer, state).Id, reason));
            var left = connector.Get<NegotiationStore>().Find(state)!;
            Assert.Equal(state == NegotiationStates.Finalized ? state : NegotiationStates.Terminated, left.State);
        }

        Assert.Equal(0, Count("SELECT count(*) FROM outbox WHERE topic = @like", "negotiation.send"));
    }

    private static NegotiationRecord Add(UnitOfWork unit, string id, DspRole role, string state)
    {
        var record = new NegotiationRecord
        {
            Id = id,
            Role = role,
            State = state,
            Counterparty = "did:web:peer.example",
            CounterpartyPid = "pid-of-" + id,
            DatasetId = "d1",
            Offer = """{"@type":"Offer","@id":"offer:1","target":"d1","permission":[{"action":"use"}]}""",
            Agreement = Agreement.Replace("ID", "urn:agreement:" + id, StringComparison.Ordinal),
        };
        NegotiationStore.Add(unit, record);
        return record;
    }

    private long Count(string sql, string like) => connector.Database.Read(connection => connection.QuerySingle<long>(sql, new { like }));
}
