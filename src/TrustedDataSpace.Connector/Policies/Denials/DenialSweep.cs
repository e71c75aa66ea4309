using Microsoft.Data.Sqlite;

namespace TrustedDataSpace.Connector.Policies.Denials;

/// <summary>Takes away, at the start and each hour, what is kept of denials past its time: the questions, and the policies that nobody needs any more.</summary>
internal sealed class DenialSweep(DenialEvidence denials, KeptPolicies policies, TimeProvider clock, ILogger<DenialSweep> logger) : BackgroundService
{
    public static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);
        try
        {
            do
            {
                try
                {
                    await denials.SweepAsync();
                    policies.Sweep();
                }
                catch (Exception failure) when (failure is SqliteException or InvalidOperationException or IOException or UnauthorizedAccessException)
                {
                    logger.DenialsNotSwept(failure.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next start sweeps first.
        }
    }
}
