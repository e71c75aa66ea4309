using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>Brings the authority's own evidence into the log. Like that of a member it counts as logged once a checkpoint covers it.</summary>
internal sealed class OwnEvidenceLogger(
    Database database, EvidenceTrail trail, EvidenceLog log, LogPublisher publisher, TimeProvider clock, ILogger<OwnEvidenceLogger> logger) : BackgroundService
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
                if (log.Hold.IsHeld)
                {
                    // Entries wait in the trail, as those of members do at theirs.
                    await trail.Signal.WaitAsync(AfterFailure, stoppingToken);
                    continue;
                }

                var logged = await LogSomeAsync(stoppingToken);
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

    /// <returns>How many entries there were to log.</returns>
    private async Task<int> LogSomeAsync(CancellationToken cancellation)
    {
        var entries = trail.Unlogged(EvidenceBatch.MaxEntries);
        if (entries.Count == 0)
        {
            return 0;
        }

        var leaves = LogLeaf.Of(entries);
        var (first, count) = await database.WriteAsync(unit => log.Append(unit, leaves));
        await publisher.WaitAsync(first + count, cancellation);
        await database.WriteAsync(unit => EvidenceTrail.MarkLogged(unit, [.. entries.Take(count)], first));
        return entries.Count;
    }
}
