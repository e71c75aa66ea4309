using Microsoft.Data.Sqlite;

namespace TrustedDataSpace.Authority.Audit;

/// <summary>Brings the index behind the log each minute, so that the first question after a quiet year is as quick as any.</summary>
internal sealed class AuditIndexing(AuditIndex index, TimeProvider clock, ILogger<AuditIndexing> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await index.CatchUpAsync(stoppingToken);
                }
                catch (Exception failure) when (failure is SqliteException or InvalidOperationException or InvalidDataException or IOException)
                {
                    logger.NotIndexed(failure.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Goes on after the next start.
        }
    }
}
