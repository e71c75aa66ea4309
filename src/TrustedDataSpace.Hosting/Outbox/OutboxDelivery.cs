using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>
/// Delivers the outbox: at least once, in order within a destination, side by side between destinations and fairly between peers. A
/// commit wakes it at once, and it looks only where that commit has put something; a timer serves what failed before. After a kill,
/// the same loop finds the same rows and goes on.
/// </summary>
internal sealed class OutboxDelivery(
    Database database,
    OutboxQueue queue,
    OutboxLanes lanes,
    OutboxAttempt attempt,
    ServiceSettings settings,
    TimeProvider clock,
    ILogger<OutboxDelivery> logger) : BackgroundService
{
    private const int ExpiredAtOnce = 200;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    // Of the loop alone; awaited when the loop has ended.
    private readonly HashSet<Task> running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Whoever starts it wants to see it work: pauses from before do not count.
        await WakeAsync(peer: null);
        foreach (var peer in OutboxQueue.Lanes(database, settings.Space.Id))
        {
            lanes.Line(peer);
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            var now = clock.GetUtcNow();
            OutboxLane? served = null;
            try
            {
                HearNews(stoppingToken);

                // After the news: what is told of between would not be due yet, and nothing would tell of it again.
                now = clock.GetUtcNow();
                foreach (var (lane, room) in lanes.Turns(now))
                {
                    served = lane;
                    Serve(lane, room, now, stoppingToken);
                }
            }
            catch (SqliteException failure)
            {
                // A read that fails for a while (no file handle left) must slow the delivery down, not end it, and with it the service.
                logger.OutboxNotRead(failure);
                lanes.Line(served?.Peer ?? OutboxQueue.NoPeer);
                await Task.Delay(settings.Outbox.FirstPause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            var wait = lanes.Next(now) - clock.GetUtcNow();
            await queue.Signal.WaitAsync(wait is null || wait > LongestWait ? LongestWait : wait > TimeSpan.Zero ? wait.Value : TimeSpan.Zero, stoppingToken);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(running);
    }

    private void HearNews(CancellationToken cancellation)
    {
        while (queue.TryTake(out var news))
        {
            if (news.Ended is null)
            {
                lanes.Line(news.Peer);
                continue;
            }

            switch (lanes.End(news.Ended, clock.GetUtcNow()))
            {
                case CircuitChange.Closed:
                    Run(WakeAndLookAsync(news.Peer));
                    break;
                case CircuitChange.Opened:
                    GiveUpOld(news.Peer, news.Ended.Reason ?? "", cancellation);
                    break;
            }
        }
    }

    private void Serve(OutboxLane lane, int room, DateTimeOffset now, CancellationToken cancellation)
    {
        // Those under way are due as well: their rows go when they have ended.
        var limit = room + lane.UnderWay.Count;
        var due = OutboxQueue.Due(database, settings.Space.Id, lane.Peer, now, limit);
        var fresh = due.Where(message => !lane.UnderWay.Contains(message.Id)).ToList();
        foreach (var message in fresh.Take(room))
        {
            Start(message, () => attempt.RunAsync(message, cancellation));
        }

        // The rows of some that are under way may be gone already: then there can be more than there is room for, and yet fewer than the limit.
        lane.HasMore = due.Count == limit || fresh.Count > room;
        if (lane.HasMore)
        {
            // There may be more: its next turn, or when one of these has ended.
            lanes.Line(lane.Peer);
        }
        else if ((lane.HasLater || fresh.Count == 0) && OutboxQueue.NextDue(database, settings.Space.Id, lane.Peer, now) is { } next)
        {
            // Also of what was told of and is not due: a clock may have been set back since.
            lanes.WakeAt(lane, next);
        }
        else
        {
            lane.HasLater = false;
        }
    }

    // While a peer is away only one message is tried: the others would never reach the age at which they are given up.
    private void GiveUpOld(string peer, string reason, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        foreach (var message in OutboxQueue.Expired(database, settings.Space.Id, peer, now, now - settings.Outbox.GiveUpAfter, ExpiredAtOnce))
        {
            Start(message, () => attempt.ExpireAsync(message, reason, cancellation));
        }
    }

    private void Start(OutboxMessage message, Func<Task<EndedAttempt>> run)
    {
        if (lanes.Begin(message))
        {
            Run(Task.Run(async () => queue.Tell(new OutboxNews(message.Peer, await run()))));
        }
    }

    private async Task WakeAsync(string? peer)
    {
        await Task.Yield();
        try
        {
            await database.WriteAsync(unit => OutboxQueue.Wake(unit, peer));
        }
        catch (InvalidOperationException)
        {
            // The database has failed or is closed: what waits is then tried at its own time.
        }
    }

    private async Task WakeAndLookAsync(string peer)
    {
        await WakeAsync(peer);
        queue.Tell(new OutboxNews(peer));
    }

    private void Run(Task task)
    {
        running.RemoveWhere(done => done.IsCompleted);
        running.Add(task);
    }
}
