using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Dapper;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The flows that this connector uses as consumer: where to call, with which token and key; or that it takes what is pushed. Tokens and
/// keys are sealed at rest. Kept in memory, changed only by committed units of work.
/// </summary>
internal sealed class ConsumerFlows
{
    // Also to an application that reads slowly. It is the provider that cuts: this is for one that does not.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromMinutes(1);

    // Those that are pulled, in the order they were started. Changed by the database's writer alone.
    private readonly ConcurrentDictionary<string, ImmutableArray<ConsumerFlow>> byAgreement = new();
    private readonly ConcurrentDictionary<string, ConsumerFlow> pushed = new();
    private readonly ConcurrentDictionary<string, FlowStop> stops = new();
    private readonly KeyStore keys;
    private readonly UsageMeter meter;

    public ConsumerFlows(Database database, ServiceSettings settings, KeyStore keys, UsageMeter meter)
    {
        this.keys = keys;
        this.meter = meter;
        var rows = database.Read(connection => connection.Query<FlowRow>(
            FlowRow.Select + " WHERE space_id = @Id AND role = @Role AND state = @Open ORDER BY flow",
            new { settings.Space.Id, Role = FlowRow.Consumer, FlowRow.Open }).AsList());
        rows.ForEach(row => Put(row, TokenOf(row), SignerOf(row)));
    }

    /// <summary>The provider has started the flow: it is pulled from there.</summary>
    public void Open(UnitOfWork unit, string flow, string agreementId, string provider, string endpoint, string accessToken, FlowSigner? signer = null) => Open(unit, new FlowRow
    {
        Role = FlowRow.Consumer,
        Flow = flow,
        AgreementId = agreementId,
        Counterparty = provider,
        State = FlowRow.Open,
        Endpoint = endpoint,
        Token = keys.Seal(Encoding.UTF8.GetBytes(accessToken), Context(flow)),
        FlowKey = signer is null ? null : keys.Seal(Encoding.UTF8.GetBytes(signer.ToText()), KeyContext(flow)),
    });

    /// <summary>The flow is started: the provider pushes.</summary>
    public void OpenPushed(UnitOfWork unit, string flow, string agreementId, string provider) => Open(unit, new FlowRow
    {
        Role = FlowRow.Consumer,
        Flow = flow,
        AgreementId = agreementId,
        Counterparty = provider,
        State = FlowRow.Open,
    });

    /// <summary>Whether the provider made that key after the one with which the open flow signs here, if it signs at all.</summary>
    public bool IsNewer(UnitOfWork unit, string flow, FlowSigner signer) =>
        FlowRow.Find(unit, FlowRow.Consumer, flow) is { State: FlowRow.Open } row && signer.Number > (SignerOf(row)?.Number ?? -1);

    /// <summary>A suspended flow goes on, where it was pulled from before. Its token is the old one, or is renewed when it is used.</summary>
    public void Reopen(UnitOfWork unit, string flow)
    {
        if (FlowRow.Find(unit, FlowRow.Consumer, flow) is { State: nameof(FlowEnd.Suspended), Endpoint: not null, Token: not null } row)
        {
            Open(unit, row);
        }
    }

    /// <summary>
    /// The flow has stopped. By this side: what is under way is cut. By the provider: it cuts what is under way itself, and what had left until then
    /// still arrives and counts; what it does not cut is cut a minute later, or by a stop of this side behind that.
    /// </summary>
    public void Close(UnitOfWork unit, string flow, FlowEnd end, string reason, bool byPeer)
    {
        FlowRow.Close(unit, FlowRow.Consumer, flow, end, reason);
        unit.OnCommitted(() =>
        {
            foreach (var (agreement, open) in byAgreement)
            {
                byAgreement[agreement] = open.RemoveAll(one => one.Id == flow);
            }

            pushed.TryRemove(flow, out _);
            if (stops.TryGetValue(flow, out var stop))
            {
                stop.Stop(byPeer, byPeer ? OnItsWay : null);
                stop.Token.UnsafeRegister(_ => stops.TryRemove(KeyValuePair.Create(flow, stop)), null);
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
            [.. OpenUnder(flow.AgreementId).Select(one => one.Id == flow.Id ? one with { Token = accessToken } : one)]);
    }

    /// <summary>The open flow of the agreement that is pulled (the one started last), or null.</summary>
    public ConsumerFlow? FindOpen(string agreementId) => OpenUnder(agreementId).LastOrDefault();

    /// <summary>The open flow that the provider pushes, or null.</summary>
    public ConsumerFlow? FindPushed(string flow) => pushed.GetValueOrDefault(flow);

    private void Open(UnitOfWork unit, FlowRow row)
    {
        FlowRow.Put(unit, row);
        var (token, signer) = (TokenOf(row), SignerOf(row));
        unit.OnCommitted(() => Put(row, token, signer));
    }

    private ImmutableArray<ConsumerFlow> OpenUnder(string agreementId) => byAgreement.GetValueOrDefault(agreementId, []);

    private string TokenOf(FlowRow row) => row.Token is { } box ? Encoding.UTF8.GetString(keys.Open(box, Context(row.Flow))) : "";

    private FlowSigner? SignerOf(FlowRow row) => row.FlowKey is { } box ? FlowSigner.Parse(Encoding.UTF8.GetString(keys.Open(box, KeyContext(row.Flow)))) : null;

    private void Put(FlowRow row, string token, FlowSigner? signer)
    {
        var stop = stops.AddOrUpdate(row.Flow, _ => new FlowStop(), (_, present) => present.HasStopped ? new FlowStop() : present);
        var flow = new ConsumerFlow(row.Flow, row.AgreementId, row.Counterparty, row.Endpoint ?? "", token, signer, stop);
        if (row.Endpoint is null)
        {
            pushed[flow.Id] = flow;
        }
        else
        {
            byAgreement[flow.AgreementId] = [.. OpenUnder(flow.AgreementId).Where(one => one.Id != flow.Id), flow];
        }
    }

    private static string Context(string flow) => "access-token:" + flow;

    private static string KeyContext(string flow) => "flow-key:" + flow;
}
