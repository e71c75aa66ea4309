using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Dapper;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>The flows that this connector uses as consumer: where to call, and with which token. Tokens are sealed at rest.</summary>
internal sealed class ConsumerFlows
{
    // In the order they were started. Changed by the database's writer alone.
    private readonly ConcurrentDictionary<string, ImmutableArray<ConsumerFlow>> byAgreement = new();
    private readonly KeyStore keys;
    private readonly UsageMeter meter;

    public ConsumerFlows(Database database, ServiceSettings settings, KeyStore keys, UsageMeter meter)
    {
        this.keys = keys;
        this.meter = meter;
        var rows = database.Read(connection => connection.Query<FlowRow>(
            FlowRow.Select + " WHERE space_id = @Id AND role = @Role AND state = @Open ORDER BY flow",
            new { settings.Space.Id, Role = FlowRow.Consumer, FlowRow.Open }).AsList());
        foreach (var row in rows)
        {
            var token = Encoding.UTF8.GetString(keys.Open(row.Token!, Context(row.Flow)));
            Put(new ConsumerFlow(row.Flow, row.AgreementId, row.Counterparty, row.Endpoint!, token));
        }
    }

    /// <summary>The provider has started the flow.</summary>
    public void Open(UnitOfWork unit, string flow, string agreementId, string provider, string endpoint, string accessToken)
    {
        FlowRow.Put(unit, new FlowRow
        {
            Role = FlowRow.Consumer,
            Flow = flow,
            AgreementId = agreementId,
            Counterparty = provider,
            State = FlowRow.Open,
            Endpoint = endpoint,
            Token = keys.Seal(Encoding.UTF8.GetBytes(accessToken), Context(flow)),
        });
        unit.OnCommitted(() => Put(new ConsumerFlow(flow, agreementId, provider, endpoint, accessToken)));
    }

    /// <summary>The flow has stopped, by either side.</summary>
    public void Close(UnitOfWork unit, string flow, FlowEnd end, string reason)
    {
        FlowRow.Close(unit, FlowRow.Consumer, flow, end, reason);
        unit.OnCommitted(() =>
        {
            foreach (var (agreement, open) in byAgreement)
            {
                byAgreement[agreement] = open.RemoveAll(one => one.Id == flow);
            }

            meter.Signal.Set();
        });
    }

    /// <summary>Keeps a renewed token.</summary>
    public void Renew(UnitOfWork unit, ConsumerFlow flow, string accessToken)
    {
        unit.Execute(
            "UPDATE flows SET token = @Token WHERE space_id = @Space AND role = @Role AND flow = @Id AND state = @Open",
            new { unit.Space, Role = FlowRow.Consumer, flow.Id, FlowRow.Open, Token = keys.Seal(Encoding.UTF8.GetBytes(accessToken), Context(flow.Id)) });
        unit.OnCommitted(() => byAgreement[flow.AgreementId] =
            [.. Open(flow.AgreementId).Select(one => one.Id == flow.Id ? one with { Token = accessToken } : one)]);
    }

    /// <summary>The open flow of the agreement (the one started last), or null.</summary>
    public ConsumerFlow? FindOpen(string agreementId) => Open(agreementId).LastOrDefault();

    private ImmutableArray<ConsumerFlow> Open(string agreementId) => byAgreement.GetValueOrDefault(agreementId, []);

    private void Put(ConsumerFlow flow) =>
        byAgreement[flow.AgreementId] = [.. Open(flow.AgreementId).Where(one => one.Id != flow.Id), flow];

    private static string Context(string flow) => "access-token:" + flow;
}
