using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>Brings the authority's own evidence into the log. Log and trail share one database: they agree at every commit.</summary>
internal sealed class OwnEvidenceLogger(Database database, EvidenceTrail trail, EvidenceLog log, ILogger<OwnEvidenceLogger> logger) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await log.OpenAsync(database);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var more = await LogSomeAsync();
                if (!more)
                {
                    await trail.Signal.WaitAsync(LongestWait, stoppingToken);
                }
            }
            catch (InvalidOperationException failure)
            {
                // The commit failed (full disk): the entries wait in the trail.
                logger.NotLogged(failure);
                await trail.Signal.WaitAsync(AfterFailure, stoppingToken);
            }
        }
    }

    private async Task<bool> LogSomeAsync()
    {
        var entries = trail.Unlogged(EvidenceBatch.MaxEntries);
        if (entries.Count == 0)
        {
            return false;
        }

        var leaves = LogLeaf.Of(entries);
        await database.WriteAsync(unit =>
        {
            var (first, count) = log.Append(unit, leaves);
            EvidenceTrail.MarkLogged(unit, [.. entries.Take(count)], first);
        });
        return true;
    }
}
