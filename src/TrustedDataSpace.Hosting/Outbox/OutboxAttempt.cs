using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>One attempt to deliver a message: what came of it is committed before the loop hears of it.</summary>
internal sealed class OutboxAttempt(
    Database database,
    OutboxQueue queue,
    IEnumerable<IOutboxHandler> handlers,
    ServiceSettings settings,
    TimeProvider clock,
    ILogger<OutboxAttempt> logger)
{
    private readonly Dictionary<string, IOutboxHandler> byTopic = handlers.ToDictionary(handler => handler.Topic);

    /// <summary>Tries once. Throws nothing.</summary>
    public Task<EndedAttempt> RunAsync(OutboxMessage message, CancellationToken cancellation) =>
        GuardAsync(message, () => DeliverAsync(message, cancellation), cancellation);

    /// <summary>Gives up a message that was not even tried because its receiver is away. Throws nothing.</summary>
    public Task<EndedAttempt> ExpireAsync(OutboxMessage message, string reason, CancellationToken cancellation) => GuardAsync(
        message,
        async () =>
        {
            await GiveUpAsync(message, RetryRule.TooOld(settings.Outbox, reason));
            return new(message, OutboxOutcome.NotTried);
        },
        cancellation);

    private async Task<EndedAttempt> GuardAsync(OutboxMessage message, Func<Task<EndedAttempt>> run, CancellationToken cancellation)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopping: the message stays and is delivered after the next start.
            return new(message, OutboxOutcome.NotTried);
        }
#pragma warning disable CA1031 // A database that fails (full disk) must slow the delivery down, not end it.
        catch (Exception failure)
        {
            logger.StorageFails(message.Destination, failure);
            await Task.Delay(settings.Outbox.FirstPause, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return new(message, OutboxOutcome.NotTried);
        }
#pragma warning restore CA1031
    }

#pragma warning disable CA1031 // Whatever made a delivery fail, the message stays, the reason is kept beside it, and others go on.
    private async Task<EndedAttempt> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        if (!byTopic.TryGetValue(message.Topic, out var handler))
        {
            // Written by another version of this program: kept until one that knows the topic runs.
            await database.WriteAsync(unit => OutboxQueue.Postpone(unit, message, settings.Outbox.LongestPause, "no handler for this topic"));
            return new(message, OutboxOutcome.NotTried);
        }

        Action<UnitOfWork>? follow;
        try
        {
            follow = await handler.DeliverAsync(message, cancellation);
            await database.WriteAsync(unit =>
            {
                queue.Remove(unit, message);
                follow?.Invoke(unit);
            });
            return new(message, OutboxOutcome.Delivered);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure)
        {
            return await FailAsync(message, failure);
        }
    }
#pragma warning restore CA1031

    private async Task<EndedAttempt> FailAsync(OutboxMessage message, Exception failure)
    {
        var verdict = RetryRule.Judge(settings.Outbox, message, failure, clock.GetUtcNow());
        if (verdict.GiveUp is { } reason)
        {
            await GiveUpAsync(message, reason);
        }
        else
        {
            logger.WillTryAgain(message.Topic, message.Destination, message.Attempts + 1, verdict.Pause, failure.Message);
            await database.WriteAsync(unit => OutboxQueue.Postpone(unit, message, verdict.Pause, failure.Message));
        }

        return new(message, verdict.Outcome, failure.Message);
    }

    private async Task GiveUpAsync(OutboxMessage message, RefusalException reason)
    {
        logger.GaveUp(message.Topic, message.Destination, reason.Message);
        await database.WriteAsync(unit =>
        {
            queue.Remove(unit, message);
            if (byTopic.TryGetValue(message.Topic, out var handler))
            {
                handler.GiveUp(unit, message, reason);
            }
        });
    }
}
