using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.Webhooks;

/// <summary>Keeps one worker for each web-hook, so that a slow receiver holds up no other one.</summary>
internal sealed class WebhookDelivery(WebhookService webhooks, WebhookWorker worker, ConnectorSettings settings, TimeProvider clock, ILogger<WebhookDelivery> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<string, Task> running = new();
    private readonly Broadcast ended = new();

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(running.Values);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Task change = Task.WhenAny(webhooks.Changed.Next, ended.Next);
            try
            {
                foreach (var id in webhooks.Served())
                {
                    Serve(id, stoppingToken);
                }
            }
            catch (SqliteException failure)
            {
                // A read that fails for a while must not end this loop, and with it the service.
                logger.DeliveryFails("list", failure);
                await Task.Delay(settings.Webhooks.FirstPause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            await change.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Started only when it is noted: one that ended before would be noted as running for ever.
    private void Serve(string id, CancellationToken cancellation)
    {
        var serving = new Task<Task>(() => ServeAsync(id, cancellation));
        if (running.TryAdd(id, serving.Unwrap()))
        {
            serving.Start(TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(string id, CancellationToken cancellation)
    {
        try
        {
            await worker.ServeAsync(id, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopping: what is not noted as delivered is delivered after the next start.
        }
#pragma warning disable CA1031 // A database that fails (full disk) must slow this worker down, not end it.
        catch (Exception failure)
        {
            logger.DeliveryFails(id, failure);
            await Task.Delay(settings.Webhooks.FirstPause, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
#pragma warning restore CA1031
        finally
        {
            running.TryRemove(id, out _);

            // It may be wanted again since the worker looked.
            ended.Set();
        }
    }
}
