using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>
/// Ships the evidence trail to the authority's log, in order, in signed batches; while there is nothing to ship it looks whether the log has
/// only grown. An entry counts as logged when its receipt was verified (<see cref="LogWatch"/>), and not before.
/// </summary>
internal sealed class EvidenceShipper(
    Shipments shipments, ReceiptWaits waits, LogWatch watch, ConnectorSettings settings, TimeProvider clock, ILogger<EvidenceShipper> logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    // Entries come in bursts, nine for one negotiation, and each batch costs a request, two signatures and three commits: the first of a
    // burst goes at once, the others together.
    private static readonly TimeSpan BetweenBatches = TimeSpan.FromMilliseconds(100);

    // No authority is stopped, restored and started in less; and each receipt is a look of its own.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private long lookedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(FirstPause, LongestPause);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
                waits.Answered();
                while (await shipments.SendAsync(stoppingToken) is var shipped and > 0)
                {
                    waits.Answered();
                    lookedAt = clock.GetTimestamp();
                    backoff.Reset();
                    if (shipped < EvidenceBatch.MaxEntries)
                    {
                        // Somebody's request stands still until its entry is acknowledged; what came while the last batch was away goes together.
                        await waits.Expected.WaitAsync(BetweenBatches, stoppingToken);
                    }
                }

                await shipments.WaitAsync(settings.Authority.LogCheckInterval, stoppingToken);
            }
            catch (Exception failure) when (failure is RefusalException or InvalidOperationException or SqliteException)
            {
                // The storage, too, may fail for a while: a full disk must not end this loop, and with it the connector.
                lookedAt = 0;
                waits.Silent(failure.Message);
                logger.EvidenceWaits(failure.Message);
                await Task.Delay(backoff.Next(), clock, stoppingToken);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        if (lookedAt == 0 || clock.GetElapsedTime(lookedAt) >= BetweenLooks)
        {
            await watch.LookAsync(cancellation);
            lookedAt = clock.GetTimestamp();
        }
    }
}
