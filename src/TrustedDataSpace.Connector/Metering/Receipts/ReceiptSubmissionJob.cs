using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Receipts;

/// <summary>
/// Shows the authority what both have signed, and in a dispute the leaves under this side's record. What it does not take is shown again without
/// end (<see cref="ReceiptGrace"/>): use that the authority never sees is never paid.
/// </summary>
internal sealed class ReceiptSubmissionJob(Database database, AuthorityClient authority, OwnRecords own, UsageLeaves leaves, ReceiptExchange exchange, ConnectorSettings settings) : IOutboxHandler
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(6);

    public string Topic => UsageReceipts.SubmitTopic;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        var key = ReceiptKey.Read(message.Body);
        var theirs = PeerRecord(key);
        if (theirs is null && key.Role == FlowRow.Consumer)
        {
            return null;
        }

        var receipt = await SubmitAsync(key, theirs, cancellation);
        if (receipt is { State: ReceiptStates.Disputed, Dispute: { } dispute })
        {
            await ShowLeavesAsync(dispute, key, cancellation);
        }

        return null;
    }

    // An authority that was away for a day may be back in a moment. What it refuses, with a reason that the outbox has logged, it may take when
    // a member is active again, a filing has come or a clock is right: the pause grows with the age of the interval.
    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        var key = ReceiptKey.Read(message.Body);
        var age = unit.Now - UsageInterval.Start(key.Interval + 1);
        var pause = reason.Code == RefusalCode.Unavailable ? TimeSpan.Zero : age < ShortestPause ? ShortestPause : age > LongestPause ? LongestPause : age;
        ReceiptRow.SubmitAt(unit, key, unit.Now + pause);
    }

    private async Task<Receipt> SubmitAsync(ReceiptKey key, string? theirs, CancellationToken cancellation)
    {
        try
        {
            return await authority.SubmitAsync(Submission(key, theirs), cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unauthenticated && theirs is not null)
        {
            // The key with which the other side has signed may count no more: it signs again with its present one.
            if (await SignedAgainAsync(key, cancellation))
            {
                return await authority.SubmitAsync(Submission(key, PeerRecord(key)), cancellation);
            }

            if (key.Role == FlowRow.Provider)
            {
                // Until it does, this side's record stands alone, as that of a consumer that never signed.
                await authority.SubmitAsync(Submission(key, null), cancellation);
            }

            throw;
        }
    }

    private async Task<bool> SignedAgainAsync(ReceiptKey key, CancellationToken cancellation)
    {
        try
        {
            return await exchange.SendAsync(key, PeerOf(key), cancellation);
        }
        catch (RefusalException)
        {
            // Not the authority's fault: the caller throws what the authority has said.
            return false;
        }
    }

    private ReceiptSubmission Submission(ReceiptKey key, string? theirs) => own.Signed(key)! is var mine && key.Role == FlowRow.Provider
        ? new ReceiptSubmission { Provider = mine, Consumer = theirs }
        : new ReceiptSubmission { Provider = theirs!, Consumer = mine };

    private async Task ShowLeavesAsync(string dispute, ReceiptKey key, CancellationToken cancellation)
    {
        var pages = LeavesPage.Of(leaves.Of(key.Role, key.Flow, key.Interval));
        if (pages.Count > LeavesPage.MaxPages)
        {
            // For a person, who sees the sums.
            return;
        }

        foreach (var page in pages)
        {
            var answer = await authority.ShowLeavesAsync(dispute, page, cancellation);
            if (answer.Outcome is not null)
            {
                return;
            }
        }
    }

    private string? PeerRecord(ReceiptKey key) => database.Read(connection => connection.QuerySingleOrDefault<string>(
        "SELECT peer_record FROM usage_receipts WHERE space_id = @Id AND role = @Role AND flow = @Flow AND interval_no = @Interval",
        new { settings.Space.Id, key.Role, key.Flow, key.Interval }));

    private string PeerOf(ReceiptKey key) => database.Read(connection => connection.QuerySingle<string>(
        "SELECT counterparty FROM flows WHERE space_id = @Id AND role = @Role AND flow = @Flow", new { settings.Space.Id, key.Role, key.Flow }));
}
