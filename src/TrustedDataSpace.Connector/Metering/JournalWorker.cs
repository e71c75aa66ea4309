using TrustedDataSpace.Connector.Metering.Journal;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>Brings the tables up to date a moment after something was noted in the journal, so that one unit of work serves many uses.</summary>
internal sealed class JournalWorker(UsageJournal journal, UsageMeter meter, ILogger<JournalWorker> logger) : BackgroundService
{
    // Uses that are under way at the end of a batch, as many as there are connections, get rows of their own, which cost far more than a place
    // in a page.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await journal.Signal.WaitAsync(Timeout.InfiniteTimeSpan, stoppingToken);
            var pause = Gathering;
            while (!stoppingToken.IsCancellationRequested && !journal.IsEmpty)
            {
                await journal.Crowded.WaitAsync(pause, stoppingToken);
                pause = await BringUpToDateAsync() ? Gathering : AfterFailure;
            }
        }
    }

    /// <summary>Nothing flows any longer: what was counted last has left, and the next start need not ask about it.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await BringUpToDateAsync();
    }

#pragma warning disable CA1031 // Whatever is wrong with the storage now, the journal keeps the uses, and this is tried again.
    private async Task<bool> BringUpToDateAsync()
    {
        try
        {
            await meter.BringUpToDateAsync();
            return true;
        }
        catch (Exception failure)
        {
            logger.NotRecorded("use", failure);
            return false;
        }
    }
#pragma warning restore CA1031
}
