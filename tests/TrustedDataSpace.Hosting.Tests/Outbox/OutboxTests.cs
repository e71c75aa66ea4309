using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Outbox;

public sealed class OutboxTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Messages_to_one_destination_arrive_in_order_although_each_fails_once()
    {
        var handler = new Receiver(failFirst: true);
        await using var service = await Service.StartAsync(folder, handler);
        for (var i = 0; i < 10; i++)
        {
            await service.SendAsync("peer", $"m{i}");
        }

        await handler.WaitForAsync(10);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"m{i}"), handler.Delivered);
    }

    [Fact]
    public async Task A_destination_that_hangs_does_not_hold_up_another()
    {
        var handler = new Receiver(hangFor: "stuck");
        await using var service = await Service.StartAsync(folder, handler);
        await service.SendAsync("stuck", "never");
        await service.SendAsync("well", "soon");
        await handler.WaitForAsync(1);
        Assert.Equal(["soon"], handler.Delivered);
    }

    [Fact]
    public async Task A_refusal_is_final_and_recorded_together_with_the_removal()
    {
        var handler = new Receiver(refuse: true);
        await using var service = await Service.StartAsync(folder, handler);
        await service.SendAsync("peer", "unwanted");
        Assert.True(await service.Database.WaitUntilAsync(() => new SecretHashes(service.Database, TestService.Settings(folder)).Find("given-up") == "unwanted", Deadline.Limit, CancellationToken.None));
        Assert.Empty(OutboxQueue.Lanes(service.Database, "test-space"));
    }

    [Fact]
    public async Task What_was_not_delivered_before_a_stop_is_delivered_after_the_next_start()
    {
        await using (var first = await Service.StartAsync(folder, new Receiver(hangFor: "peer")))
        {
            await first.SendAsync("peer", "survivor");
        }

        var handler = new Receiver();
        await using var second = await Service.StartAsync(folder, handler);
        await handler.WaitForAsync(1);
        Assert.Equal(["survivor"], handler.Delivered);
    }

    [Fact]
    public async Task A_message_older_than_the_limit_is_given_up_with_the_reason()
    {
        var clock = new ManualClock();
        var handler = new Receiver(failFirst: true);
        await using var service = await Service.StartAsync(folder, handler, clock, giveUpAfter: TimeSpan.FromSeconds(-1));
        await service.SendAsync("peer", "late");
        Assert.True(await service.Database.WaitUntilAsync(() => new SecretHashes(service.Database, TestService.Settings(folder)).Find("given-up") == "late", Deadline.Limit, CancellationToken.None));
    }

    [Fact]
    public async Task What_is_told_of_a_moment_before_it_is_due_is_delivered_without_further_news()
    {
        var clock = new SettableClock();
        var handler = new Receiver();
        await using var service = await Service.StartAsync(folder, handler, clock);
        await service.SendAsync("one", "first");
        await handler.WaitForAsync(1);

        // As if the loop had looked at its clock a moment before the message came.
        await service.SendAsync("two", "second", () => clock.Set(clock.GetUtcNow().AddMilliseconds(-200)));
        await handler.WaitForAsync(1);
        Assert.Equal(["first", "second"], handler.Delivered);
    }

    private sealed class Service : IAsyncDisposable
    {
        private readonly OutboxQueue queue;
        private readonly OutboxDelivery delivery;

        private Service(Database database, OutboxQueue queue, OutboxDelivery delivery)
        {
            Database = database;
            this.queue = queue;
            this.delivery = delivery;
        }

        public Database Database { get; }

        public static async Task<Service> StartAsync(TempFolder folder, Receiver handler, TimeProvider? clock = null, TimeSpan? giveUpAfter = null)
        {
            clock ??= TimeProvider.System;
            var database = TestService.Open(folder, clock);
            var queue = new OutboxQueue(new Ids(clock));
            var settings = TestService.Settings(folder) with
            {
                Outbox = new OutboxOptions { FirstPause = TimeSpan.FromMilliseconds(1), GiveUpAfter = giveUpAfter ?? TimeSpan.FromDays(1) },
            };
            var attempt = new OutboxAttempt(database, queue, [handler], settings, clock, NullLogger<OutboxAttempt>.Instance);
            var lanes = new OutboxLanes(settings, new OutboxMetrics(TestService.Meters), NullLogger<OutboxLanes>.Instance);
            var delivery = new OutboxDelivery(database, queue, lanes, attempt, settings, clock, NullLogger<OutboxDelivery>.Instance);
            await delivery.StartAsync(CancellationToken.None);
            return new Service(database, queue, delivery);
        }

        public Task SendAsync(string destination, string body, Action? before = null) => Database.WriteAsync(unit =>
        {
            queue.Add(unit, "test", destination, body);
            before?.Invoke();
        });

        public async ValueTask DisposeAsync()
        {
            await delivery.StopAsync(CancellationToken.None).Within("the delivery to stop");
            delivery.Dispose();
            await Database.DisposeAsync();
        }
    }

    private sealed class Receiver(bool failFirst = false, string? hangFor = null, bool refuse = false) : IOutboxHandler
    {
        private readonly ConcurrentDictionary<string, int> attempts = new();
        private readonly SemaphoreSlim arrived = new(0);

        public string Topic => "test";

        public ConcurrentQueue<string> Delivered { get; } = new();

        public async Task WaitForAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(await arrived.WaitAsync(Deadline.Limit), $"message {i} did not arrive");
            }
        }

        public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
        {
            if (message.Destination == hangFor)
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellation);
            }

            if (refuse)
            {
                throw new RefusalException(RefusalCode.Forbidden, "no");
            }

            if (failFirst && attempts.AddOrUpdate(message.Id, 1, (_, n) => n + 1) == 1)
            {
                throw new HttpRequestException("lost");
            }

            Delivered.Enqueue(message.Body);
            return _ => arrived.Release();
        }

        public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason) => SecretHashes.Put(unit, "given-up", message.Body);
    }
}
