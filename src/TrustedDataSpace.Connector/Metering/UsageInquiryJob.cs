using System.Text;
using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>Asks the other party of a flow about an interrupted use, and answers when it asks.</summary>
internal sealed class UsageInquiryJob(Database database, PeerClient peers, ServiceSettings settings, UsageMeter meter, Interruptions interruptions, SentUses sent, AnsweredRequests answered) : IOutboxHandler
{
    public string Topic => Interruptions.Topic;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        var use = ProtocolJson.Read<UsageInquiry>(Encoding.UTF8.GetBytes(message.Body));
        var peer = Counterparty(use.Role, use.Flow) ?? throw new RefusalException(RefusalCode.NotFound, $"There is no flow {use.Flow}.");
        var response = await peers.SendAsync(HttpMethod.Post, peer, UsageInquiry.Route, ProtocolJson.Write(use), cancellation);
        var answer = response.Read<UsageAnswer>();
        if (answer.State == UsageAnswerStates.Open)
        {
            throw new RefusalException(RefusalCode.Unavailable, "The use is still under way at the other connector.");
        }

        return unit =>
        {
            meter.Apply(unit);
            interruptions.Resolve(unit, use, answer);
            unit.OnCommitted(meter.Signal.Set);
        };
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        meter.Apply(unit);
        interruptions.ResolveAlone(unit, ProtocolJson.Read<UsageInquiry>(Encoding.UTF8.GetBytes(message.Body)));
        unit.OnCommitted(meter.Signal.Set);
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(UsageInquiry.Route, (UsageInquiry use, HttpContext context, UsageInquiryJob job) => job.AnswerAsync(use, Peers.From(context)))
            .RequireAuthorization(ServiceHost.SpacePolicy);

    private async Task<UsageAnswer> AnswerAsync(UsageInquiry use, Peer peer)
    {
        var role = UsageAnswerStates.Opposite(use.Role);
        if (Counterparty(role, use.Flow) != peer.Id)
        {
            throw new RefusalException(RefusalCode.NotFound, "There is no such flow.");
        }

        if (use.Request is { Length: > DataHeaders.LongestRequestId })
        {
            throw new RefusalException(RefusalCode.Malformed, $"An id of a request has {DataHeaders.LongestRequestId} characters at most.") { Where = "$.request" };
        }

        if (role == FlowRow.Provider && use is { Interval: 0, Request: { } asked })
        {
            // First: what comes from now on is refused, and what came before is found.
            answered.Add(use.Flow, asked);
        }

        // In this order nothing is missed that ends, or gets its number, meanwhile: first what is in memory, then where it goes from there.
        var isUnderWay = use.Request is not null && sent.IsUnderWay(use.Request);
        await meter.BringUpToDateAsync();
        var row = Sent(use, role);
        if (Leaf(use, role) is not { } leaf)
        {
            return new UsageAnswer { State = Unnumbered(row, isUnderWay) };
        }

        if (use.Request is not null)
        {
            answered.Remove(use.Flow, use.Request);
        }

        return leaf.Answer();
    }

    private LeafRow? Leaf(UsageInquiry use, string role) => database.Read(connection =>
        connection.QueryFirstOrDefault<LeafRow>(
            LeafRow.Select + (use.Interval == 0 ? LeafRow.IsRequest : LeafRow.IsIt),
            new { Space = settings.Space.Id, Role = role, use.Flow, use.Interval, use.Sequence, use.Request })
        ?? LeafPages.Find(connection, settings.Space.Id, role, use));

    // The provider asks about a number that never came here: the request may be known all the same.
    private static string Unnumbered(SentRow? row, bool isUnderWay) =>
        row is null || row.Observed == LeafRow.Partly ? UsageAnswerStates.None
        : isUnderWay ? UsageAnswerStates.Open
        : UsageAnswerStates.Interrupted;

    private SentRow? Sent(UsageInquiry use, string role) => role == FlowRow.Provider || use.Request is null ? null : database.Read(connection =>
        connection.QuerySingleOrDefault<SentRow>(SentRow.Select + " AND id = @Request AND flow = @Flow", new { Space = settings.Space.Id, use.Request, use.Flow }));

    private string? Counterparty(string role, string flow) => database.Read(connection => connection.QuerySingleOrDefault<string>(
        "SELECT counterparty FROM flows WHERE space_id = @Id AND role = @role AND flow = @flow", new { settings.Space.Id, role, flow }));
}
