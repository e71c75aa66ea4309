using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>Brings the authority's own evidence into the log. Like that of a member it counts as logged once a checkpoint covers it.</summary>
internal sealed class OwnEvidenceLogger(
    OwnBatches batches, EvidenceTrail trail, LogHold hold, LogReproduction reproduction, TimeProvider clock, ILogger<OwnEvidenceLogger> logger) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);
    // Each batch costs three commits and a checkpoint: the first entry of a burst goes at once, the others together, as those of members do.
    private static readonly TimeSpan BetweenBatches = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (hold.IsHeld)
                {
                    // Entries wait in the trail, as those of members do at theirs. A member for which the log waits may be suspended, which is such an entry.
                    await reproduction.TryAsync();
                    if (hold.IsHeld)
                    {
                        await trail.Signal.WaitAsync(AfterFailure, stoppingToken);
                    }

                    continue;
                }

                var logged = await batches.LogSomeAsync(stoppingToken);
                if (logged == 0)
                {
                    await trail.Signal.WaitAsync(LongestWait, stoppingToken);
                }
                else if (logged < EvidenceBatch.MaxEntries)
                {
                    await Task.Delay(BetweenBatches, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            catch (Exception failure) when (failure is InvalidOperationException or RefusalException or SqliteException or IOException or InvalidDataException)
            {
                // The commit failed (full disk), or a read did, of the database or of a tile: the entries wait in the trail.
                logger.NotLogged(failure);
                await trail.Signal.WaitAsync(AfterFailure, stoppingToken);
            }
        }
    }
}
