using System.Diagnostics.Metrics;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>Raises an alarm when entries wait too long for a checkpoint that counts: one over them, with as many witnesses as the space wants.</summary>
internal sealed class CheckpointDeadline : BackgroundService
{
    private readonly Database database;
    private readonly Witnesses witnesses;
    private readonly AuthoritySettings settings;
    private readonly TimeProvider clock;
    private readonly ILogger<CheckpointDeadline> logger;
    private DateTimeOffset? behindSince;
    private long countedWhenBehind;
    private int overdue;

    public CheckpointDeadline(IMeterFactory meters, Database database, Witnesses witnesses, AuthoritySettings settings, TimeProvider clock, ILogger<CheckpointDeadline> logger)
    {
        (this.database, this.witnesses, this.settings, this.clock, this.logger) = (database, witnesses, settings, clock, logger);
        meters.Create("TrustedDataSpace.Log").CreateObservableGauge(
            "tds.log.checkpoint.overdue", () => Volatile.Read(ref overdue), "{alarm}", "1 while entries have waited longer than the deadline for a checkpoint that counts.");
    }

    /// <summary>Whether a checkpoint is overdue, as of the last look.</summary>
    public bool IsOverdue => Volatile.Read(ref overdue) == 1;

    /// <summary>Looks once; says in the log what has changed.</summary>
    public void Look()
    {
        var size = database.Read(connection => LogRows.Head(connection, settings.Space.Id)).Size;
        var counted = witnesses.Counting()?.Size ?? 0;
        var now = clock.GetUtcNow();
        if (size <= counted)
        {
            behindSince = null;
        }
        else if (behindSince is null || counted > countedWhenBehind || now < behindSince)
        {
            // A clock that was set back starts the wait again, rather than ending it never.
            (behindSince, countedWhenBehind) = (now, counted);
        }

        var late = behindSince is { } since && now - since >= settings.Evidence.CheckpointDeadline;
        if (Interlocked.Exchange(ref overdue, late ? 1 : 0) == (late ? 1 : 0))
        {
            return;
        }

        if (late)
        {
            logger.CheckpointOverdue(size - counted, settings.Evidence.CheckpointDeadline, counted, settings.Evidence.Witnesses);
        }
        else
        {
            logger.CheckpointCounts(counted);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Look();
            }
            catch (Exception failure) when (failure is RefusalException or Microsoft.Data.Sqlite.SqliteException)
            {
                // The log is not open yet, or its database fails for a while: looked at again.
                logger.DeadlineNotKnown(failure.Message);
            }

            // A quarter of the deadline: the alarm is late by that at most.
            await witnesses.Signed.WaitAsync(settings.Evidence.CheckpointDeadline / 4, stoppingToken);
        }
    }
}
