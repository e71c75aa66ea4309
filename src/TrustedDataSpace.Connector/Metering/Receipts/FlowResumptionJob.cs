using TrustedDataSpace.Connector.Transfer;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Metering.Receipts;

/// <summary>Lets a flow go on that was suspended for want of a receipt, once all are there.</summary>
internal sealed class FlowResumptionJob(Database database, FlowSuspension suspension, ILogger<FlowResumptionJob> logger) : IOutboxHandler
{
    public string Topic => UsageReceipts.ResumeTopic;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        if (await database.WriteAsync(unit => IsComplete(unit, message.Body)))
        {
            await suspension.ResumeAsync(message.Body, ReceiptGrace.Code, cancellation);
        }

        return null;
    }

    // It stays suspended: a person of the provider may start it.
    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason) => logger.NotResumed(message.Body, reason.Message);

    private static bool IsComplete(UnitOfWork unit, string flow) => unit.Find<long>(
        "SELECT count(*) FROM usage_receipts WHERE space_id = @Space AND flow = @flow AND state = @Overdue", new { unit.Space, flow, ReceiptRow.Overdue }) == 0;
}
