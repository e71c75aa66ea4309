using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>
/// Delivers the outbox: at least once, in order within a destination, side by side between destinations. A commit wakes it at
/// once; a timer only serves what failed before. After a kill, the same loop finds the same rows and goes on.
/// </summary>
internal sealed class OutboxDelivery(
    Database database,
    OutboxQueue queue,
    IEnumerable<IOutboxHandler> handlers,
    ServiceSettings settings,
    TimeProvider clock,
    ILogger<OutboxDelivery> logger) : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, IOutboxHandler> byTopic = handlers.ToDictionary(handler => handler.Topic);
    private readonly ConcurrentDictionary<string, Task> running = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = LongestWait;
            foreach (var head in OutboxQueue.Heads(database, settings.Space.Id))
            {
                var due = DateTimeOffset.FromUnixTimeMilliseconds(head.NextAt) - clock.GetUtcNow();
                if (due > TimeSpan.Zero)
                {
                    wait = due < wait ? due : wait;
                }
                else
                {
                    Serve(head.Destination, stoppingToken);
                }
            }

            await queue.Signal.WaitAsync(wait, stoppingToken);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(running.Values);
    }

    // Started only when it is noted: one that ended before would be noted as running for ever, and its destination served no more.
    private void Serve(string destination, CancellationToken cancellation)
    {
        var serving = new Task<Task>(() => ServeAsync(destination, cancellation));
        if (running.TryAdd(destination, serving.Unwrap()))
        {
            serving.Start(TaskScheduler.Default);
        }
    }

    // One destination, until nothing is due there.
    private async Task ServeAsync(string destination, CancellationToken cancellation)
    {
        try
        {
            while (!cancellation.IsCancellationRequested
                && OutboxQueue.Head(database, settings.Space.Id, destination) is { } message
                && DateTimeOffset.FromUnixTimeMilliseconds(message.NextAt) <= clock.GetUtcNow())
            {
                await DeliverAsync(message, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopping: the message stays and is delivered after the next start.
        }
#pragma warning disable CA1031 // A database that fails (full disk) must slow this loop down, not end it.
        catch (Exception failure)
        {
            logger.StorageFails(destination, failure);
            await Task.Delay(settings.Outbox.FirstPause, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
#pragma warning restore CA1031
        finally
        {
            running.TryRemove(destination, out _);

            // A message committed between the last look and here would wait for the timer.
            queue.Signal.Set();
        }
    }

#pragma warning disable CA1031 // Whatever made a delivery fail, the message stays, the reason is kept beside it, and others go on.
    private async Task DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        if (!byTopic.TryGetValue(message.Topic, out var handler))
        {
            // Written by another version of this program: kept until one that knows the topic runs.
            await database.WriteAsync(unit => OutboxQueue.Postpone(unit, message, settings.Outbox.LongestPause, "no handler for this topic"));
            return;
        }

        try
        {
            var follow = await handler.DeliverAsync(message, cancellation);
            await database.WriteAsync(unit =>
            {
                OutboxQueue.Remove(unit, message);
                follow?.Invoke(unit);
            });
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (RefusalException refusal) when (refusal.Code != RefusalCode.Unavailable)
        {
            await GiveUpAsync(handler, message, refusal);
        }
        catch (Exception failure)
        {
            await RetryAsync(handler, message, failure);
        }
    }
#pragma warning restore CA1031

    private async Task RetryAsync(IOutboxHandler handler, OutboxMessage message, Exception failure)
    {
        var options = settings.Outbox;
        var age = clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(message.CreatedAt);
        if (age > options.GiveUpAfter)
        {
            await GiveUpAsync(handler, message, new RefusalException(RefusalCode.Unavailable, $"Not delivered within {options.GiveUpAfter}: {failure.Message}", failure));
            return;
        }

        var pause = Pause(options, message.Attempts);
        logger.WillTryAgain(message.Topic, message.Destination, message.Attempts + 1, pause, failure.Message);
        await database.WriteAsync(unit => OutboxQueue.Postpone(unit, message, pause, failure.Message));
    }

    private async Task GiveUpAsync(IOutboxHandler handler, OutboxMessage message, RefusalException reason)
    {
        logger.GaveUp(message.Topic, message.Destination, reason.Message);
        await database.WriteAsync(unit =>
        {
            OutboxQueue.Remove(unit, message);
            handler.GiveUp(unit, message, reason);
        });
    }

    private static TimeSpan Pause(OutboxOptions options, long attempts)
    {
        var doubled = options.FirstPause * Math.Pow(2, Math.Min(attempts, 30));
        var pause = doubled < options.LongestPause ? doubled : options.LongestPause;
        return pause + (pause * (RandomNumberGenerator.GetInt32(0, 500) / 1000.0));
    }
}
