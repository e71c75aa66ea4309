using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Receipts;

/// <summary>Shows the authority what both have signed, and in a dispute the leaves under this side's record.</summary>
internal sealed class ReceiptSubmissionJob(Database database, AuthorityClient authority, OwnRecords own, UsageLeaves leaves, ConnectorSettings settings) : IOutboxHandler
{
    public string Topic => UsageReceipts.SubmitTopic;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        var key = ReceiptKey.Read(message.Body);
        var (mine, theirs) = (own.Signed(key)!, PeerRecord(key));
        var isProvider = key.Role == FlowRow.Provider;
        if (!isProvider && theirs is null)
        {
            return null;
        }

        var receipt = await authority.SubmitAsync(
            isProvider ? new ReceiptSubmission { Provider = mine, Consumer = theirs } : new ReceiptSubmission { Provider = theirs!, Consumer = mine }, cancellation);
        if (receipt is { State: ReceiptStates.Disputed, Dispute: { } dispute })
        {
            await ShowLeavesAsync(dispute, key, cancellation);
        }

        return null;
    }

    // What the authority does not take, with a reason that the outbox has logged, settles nothing: the provider's statement shows it, the
    // authority's does not.
    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
    }

    private async Task ShowLeavesAsync(string dispute, ReceiptKey key, CancellationToken cancellation)
    {
        var all = leaves.Of(key.Role, key.Flow, key.Interval);
        var pages = Math.Max(1, (all.Count + LeavesPage.MaxLeaves - 1) / LeavesPage.MaxLeaves);
        if (pages > LeavesPage.MaxPages)
        {
            // For a person, who sees the sums.
            return;
        }

        for (var number = 0; number < pages; number++)
        {
            var page = all.Skip(number * LeavesPage.MaxLeaves).Take(LeavesPage.MaxLeaves).ToList();
            var answer = await authority.ShowLeavesAsync(dispute, new LeavesPage { Number = number, Last = number == pages - 1, Leaves = page }, cancellation);
            if (answer.Outcome is not null)
            {
                return;
            }
        }
    }

    private string? PeerRecord(ReceiptKey key) => database.Read(connection => connection.QuerySingleOrDefault<string>(
        "SELECT peer_record FROM usage_receipts WHERE space_id = @Id AND role = @Role AND flow = @Flow AND interval_no = @Interval",
        new { settings.Space.Id, key.Role, key.Flow, key.Interval }));
}
