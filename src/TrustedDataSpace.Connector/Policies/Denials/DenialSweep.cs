using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.Policies.Allows;

namespace TrustedDataSpace.Connector.Policies.Denials;

/// <summary>Takes away, at the start and each hour, what is kept of decisions past its time: the questions, and the policies that nobody needs any more.</summary>
internal sealed class DenialSweep(DenialEvidence denials, AllowedQuestions allows, KeptPolicies policies, TimeProvider clock, ILogger<DenialSweep> logger) : BackgroundService
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
                    await allows.SweepAsync();
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
