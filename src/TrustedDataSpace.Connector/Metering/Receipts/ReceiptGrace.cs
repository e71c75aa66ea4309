using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.Transfer;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Metering.Receipts;

/// <summary>
/// A consumer that does not sign is asked once more when its grace is over; then the flow is suspended and the provider's record alone goes
/// to the authority. Asked once more, because only that tells a consumer that is away from one whose answer was lost, or a clock that was set.
/// And what the authority has not taken is shown to it again when that is due.
/// </summary>
internal sealed class ReceiptGrace(
    Database database, ReceiptExchange exchange, UsageReceipts receipts, FlowSuspension suspension, ConnectorSettings settings, ILogger<ReceiptGrace> logger) : BackgroundService
{
    /// <summary>Code of the suspension, for programs.</summary>
    public const string Code = "receipt_missing";

    private const int MostAtOnce = 200;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>Set to look at once.</summary>
    public Signal Signal { get; } = new();

    public override void Dispose()
    {
        Signal.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var (again, due) = await database.WriteAsync(unit => (receipts.SubmitAgain(unit, MostAtOnce), Due(unit)));
                await Task.WhenAll(due.GroupBy(row => row.Flow).Select(flow => LastCallAsync([.. flow], stoppingToken)));
                if (due.Count == MostAtOnce || again == MostAtOnce)
                {
                    continue;
                }
            }
            catch (Exception failure) when (failure is SqliteException or InvalidOperationException)
            {
                // The storage may fail for a while: that must not end this loop.
                logger.NotRecorded("missing receipts", failure);
            }

            await Signal.WaitAsync(LongestWait, stoppingToken);
        }
    }

    private static List<DueRow> Due(UnitOfWork unit) => unit.Query<DueRow>(
        """
        SELECT r.role AS Role, r.flow AS Flow, r.interval_no AS Interval, f.counterparty AS Peer FROM usage_receipts r
        JOIN flows f ON f.space_id = r.space_id AND f.role = r.role AND f.flow = r.flow
        WHERE r.space_id = @Space AND r.state = @Waiting AND r.due_at <= @Now ORDER BY r.due_at LIMIT @MostAtOnce
        """,
        new { unit.Space, ReceiptRow.Waiting, Now = unit.Now.ToUnixTimeMilliseconds(), MostAtOnce });

    private async Task LastCallAsync(List<DueRow> rows, CancellationToken cancellation)
    {
        foreach (var row in rows)
        {
            if (await AskAsync(row, cancellation) is not { } why)
            {
                continue;
            }

            // Who does not answer one is not asked for the next: they are due as well.
            await database.WriteAsync(unit =>
            {
                foreach (var missed in rows.Select(due => ReceiptRow.Find(unit, due.Key)).OfType<ReceiptRow>().Where(missed => missed.State == ReceiptRow.Waiting))
                {
                    receipts.Missed(unit, missed);
                }

                suspension.Suspend(unit, row.Flow, Code, $"the use of {row.Key} was not signed within {settings.Metering.Grace}: {why}");
            });
            return;
        }
    }

    /// <returns>Null: it has signed; else why it has not.</returns>
    private async Task<string?> AskAsync(DueRow row, CancellationToken cancellation)
    {
        try
        {
            return await exchange.SendAsync(row.Key, row.Peer, cancellation) ? null : "the consumer has no record of it yet";
        }
        catch (RefusalException refusal)
        {
            return refusal.Message;
        }
    }

    private sealed class DueRow
    {
        public string Role { get; init; } = "";

        public string Flow { get; init; } = "";

        public long Interval { get; init; }

        public string Peer { get; init; } = "";

        public ReceiptKey Key => new(Role, Flow, Interval);
    }
}
