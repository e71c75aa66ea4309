using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Configuration;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>
/// Makes the deliveries of push transfers that are due: one at a time for each transfer, side by side between them. A step of a transfer
/// wakes it at once; a timer only serves what is due later. After a kill, the same loop finds the same rows and goes on.
/// </summary>
internal sealed class PushWorker(
    Pushes pushes, PushRun run, IHostApplicationLifetime service, ServiceSettings settings, TimeProvider clock, ILogger<PushWorker> logger) : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Task> running = new();

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(running.Values);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not before every worker has started: what a kill has interrupted is marked then, and a use that began before would be, too.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registered = service.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stoppingToken.IsCancellationRequested)
        {
            var now = clock.GetUtcNow();
            var wait = LongestWait;
            try
            {
                var (due, nextAt) = pushes.Due(now);
                foreach (var transfer in due)
                {
                    Serve(transfer, stoppingToken);
                }

                wait = nextAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) - now : LongestWait;
            }
            catch (SqliteException failure)
            {
                // A read that fails for a while must not end this loop, and with it the service.
                logger.PushFails("that is due", failure);
                wait = settings.Outbox.FirstPause;
            }

            await pushes.Signal.WaitAsync(wait < LongestWait ? wait : LongestWait, stoppingToken);
        }
    }

    // Started only when it is noted: one that ended before would be noted as running for ever, and its transfer served no more.
    private void Serve(string transfer, CancellationToken cancellation)
    {
        var serving = new Task<Task>(() => ServeAsync(transfer, cancellation));
        if (running.TryAdd(transfer, serving.Unwrap()))
        {
            serving.Start(TaskScheduler.Default);
        }
    }

#pragma warning disable CA1031 // Whatever is wrong with one push or with the storage, the others go on, and this one is tried again.
    private async Task ServeAsync(string transfer, CancellationToken cancellation)
    {
        try
        {
            await run.RunAsync(transfer, clock.GetUtcNow(), cancellation);
        }
        catch (Exception failure)
        {
            logger.PushFails(transfer, failure);
            await Task.Delay(settings.Outbox.FirstPause, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            running.TryRemove(transfer, out _);

            // A delivery that became due between the last look and here would wait for the timer.
            pushes.Signal.Set();
        }
    }
#pragma warning restore CA1031
}
