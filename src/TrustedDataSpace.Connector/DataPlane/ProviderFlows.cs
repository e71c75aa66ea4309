using System.Collections.Concurrent;
using Dapper;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The flows that this connector serves as provider. Kept in memory for the gate, changed only by committed units of work: a
/// termination is in force at the next request, without a look at the database.
/// </summary>
internal sealed class ProviderFlows
{
    private readonly ConcurrentDictionary<string, Served> flows = new();
    private readonly Database database;
    private readonly ServiceSettings settings;
    private readonly UsageMeter meter;

    public ProviderFlows(Database database, ServiceSettings settings, UsageMeter meter)
    {
        (this.database, this.settings, this.meter) = (database, settings, meter);
        var rows = database.Read(connection => connection.Query<FlowRow>(
            FlowRow.Select + " WHERE space_id = @Id AND role = @Role", new { settings.Space.Id, Role = FlowRow.Provider }).AsList());
        foreach (var row in rows)
        {
            FlowEnd? end = row.State == FlowRow.Open ? null : Enum.Parse<FlowEnd>(row.State);
            flows[row.Flow] = new Served(row.Flow, row.AgreementId, row.Counterparty, end, row.Reason);
        }
    }

    /// <summary>Lets the flow through, or lets it through again after a suspension.</summary>
    public void Open(UnitOfWork unit, string flow, string agreementId, string consumer)
    {
        FlowRow.Put(unit, new FlowRow { Role = FlowRow.Provider, Flow = flow, AgreementId = agreementId, Counterparty = consumer, State = FlowRow.Open });
        unit.OnCommitted(() => flows[flow] = new Served(flow, agreementId, consumer, null, null));
    }

    /// <summary>Stops the flow: what is under way is cut.</summary>
    public void Close(UnitOfWork unit, string flow, FlowEnd end, string reason, bool byPeer)
    {
        meter.Close(unit, flow);
        FlowRow.Close(unit, FlowRow.Provider, flow, end, reason);
        unit.OnCommitted(() =>
        {
            flows.GetValueOrDefault(flow)?.Stop(end, reason, byPeer);
            meter.Signal.Set();
        });
    }

    /// <summary>Flows in the order of their ids.</summary>
    public IReadOnlyList<ProviderFlow> Page(string after, int most) =>
    [
        .. database.Read(connection => connection.Query<string>(
            "SELECT flow FROM flows WHERE space_id = @Id AND role = @Provider AND flow > @after ORDER BY flow LIMIT @most",
            new { settings.Space.Id, FlowRow.Provider, after, most }).AsList()).Select(Find).OfType<ProviderFlow>(),
    ];

    /// <summary>The flow, or null.</summary>
    public ProviderFlow? Find(string flow) => flows.GetValueOrDefault(flow)?.Flow;

    private sealed class Served
    {
        private volatile ProviderFlow flow;

        public Served(string id, string agreementId, string consumer, FlowEnd? end, string? reason) =>
            flow = new ProviderFlow(id, agreementId, consumer, end, reason, new FlowStop());

        public ProviderFlow Flow => flow;

        public void Stop(FlowEnd end, string reason, bool byPeer)
        {
            flow = flow with { End = end, Reason = reason };
            flow.Stop.Stop(byPeer);
        }
    }
}
