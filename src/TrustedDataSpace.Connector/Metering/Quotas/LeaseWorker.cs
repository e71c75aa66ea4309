using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.Metering.Quotas;

/// <summary>Gives back the leases of counters that nobody takes from any longer, so that a restart does not count them as taken.</summary>
internal sealed class LeaseWorker(ProviderCounts counts, UsageJournal journal, Database database, UsageMeter meter, TimeProvider clock, ILogger<LeaseWorker> logger) : BackgroundService
{
    // A counter is idle when a whole pause passed without a use: it is given back within two.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>At the end nothing is under way any more.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await GiveBackAsync();
        await GiveBackAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await GiveBackAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }

#pragma warning disable CA1031 // What could not be given back now counts as taken after a restart, and no more than that.
    private async Task GiveBackAsync()
    {
        try
        {
            foreach (var count in counts.WithQuotas)
            {
                if (count.Balance is { Doubtful: { } asOf } balance)
                {
                    await database.WriteAsync(unit => Correct(unit, count, balance, asOf));
                }

                if (count.Reclaim(clock.GetUtcNow()) is { Count: > 0 } leases)
                {
                    await database.WriteAsync(unit =>
                    {
                        foreach (var lease in leases)
                        {
                            count.GiveBack(unit, lease, journal.Leases);
                        }
                    });
                }
            }
        }
        catch (Exception failure)
        {
            logger.NotRecorded("an unused lease", failure);
        }
    }
#pragma warning restore CA1031

    private void Correct(UnitOfWork unit, AgreementCount count, BalanceCount balance, long asOf)
    {
        meter.Apply(unit);
        if (BalanceTable.AtRest(unit, count.Id, balance.Price) is { } rest && balance.Correct(asOf, rest.Used, rest.IsUnsure || rest.Unknown.Count > 0) is { } lease)
        {
            // Where both may be, nobody can say how much of it belongs to a use that is known to have been.
            var beyond = lease.Until - rest.Used;
            if (rest.IsUnsure)
            {
                BalanceTable.Lose(unit, count.Id, beyond);
            }

            if (rest.Unknown.Count > 0)
            {
                UnknownUses.Hold(unit, count.Id, rest.Unknown, rest.IsUnsure ? 0 : beyond);
            }

            QuotaLeases.Store(unit, count.Id, lease);
        }
    }
}
