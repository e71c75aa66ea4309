using Dapper;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Receipts;

/// <summary>Reads a record that another connector has signed: nothing of it counts before signature, flow and agreement fit together.</summary>
internal sealed class PeerRecords(Database database, IPeerDirectory directory, AgreementService agreements, ConnectorSettings settings, TimeProvider clock)
{
    private static readonly TimeSpan ClockSkew = UsageInterval.Length;

    // What is asked for longer ago than messages are tried for is asked for by somebody who wants to fill a disk.
    private static readonly TimeSpan Oldest = TimeSpan.FromDays(31);

    /// <exception cref="RefusalException">Unauthenticated, Malformed, NotFound or Conflict: what is wrong with it.</exception>
    public async Task<(ReceiptKey Key, UsageRecord Record)> ReadAsync(string jws, string peer, CancellationToken cancellation)
    {
        var known = await directory.FindAsync(peer, cancellation);
        var record = UsageRecord.Verify(jws, [known.Key, .. known.FormerKeys]).RequireSound();
        var me = settings.Participant.Id;
        var role = record.ProviderId == me && record.ConsumerId == peer ? FlowRow.Provider
            : record.ConsumerId == me && record.ProviderId == peer ? FlowRow.Consumer
            : throw Refuse(RefusalCode.Malformed, "parties", $"it is not about a flow between {me} and {peer}");
        if (record.Source != peer)
        {
            throw Refuse(RefusalCode.Malformed, "source", "it is not the sender's own");
        }

        if (AgreementOf(role, record.Flow, peer) != record.AgreementId || agreements.Find(record.AgreementId) is not { } agreement)
        {
            throw Refuse(RefusalCode.NotFound, "flow", "there is no such flow of that agreement");
        }

        if (agreement.DatasetId != record.ProductId)
        {
            throw Refuse(RefusalCode.Malformed, "productId", "it is not the product of the agreement");
        }

        var now = clock.GetUtcNow();
        return record.To > now + ClockSkew || record.From < now - Oldest
            ? throw Refuse(RefusalCode.Conflict, "interval", "its interval is not over here, or too long ago")
            : (new ReceiptKey(role, record.Flow, record.Interval), record);
    }

    private string? AgreementOf(string role, string flow, string peer) => database.Read(connection => connection.QuerySingleOrDefault<string>(
        "SELECT agreement_id FROM flows WHERE space_id = @Id AND role = @role AND flow = @flow AND counterparty = @peer", new { settings.Space.Id, role, flow, peer }));

    private static RefusalException Refuse(RefusalCode code, string term, string why) =>
        new(code, $"The usage record is refused, {term}: {why}.") { Term = term, MayPass = code is RefusalCode.Conflict or RefusalCode.NotFound };
}
