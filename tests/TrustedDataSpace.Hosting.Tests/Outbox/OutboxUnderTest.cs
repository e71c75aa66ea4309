using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Hosting.Tests.Outbox;

/// <summary>The outbox of a service over a real database, with a receiver that a test scripts and a clock that it moves.</summary>
internal sealed class OutboxUnderTest : IAsyncDisposable
{
    private readonly OutboxDelivery delivery;
    private readonly OutboxLanes lanes;

    public OutboxUnderTest(TempFolder folder, OutboxOptions options, Func<OutboxMessage, Task> receive)
    {
        Receiver = new ScriptedReceiver(receive);
        Database = TestService.Open(folder, Clock);
        Queue = new OutboxQueue(new Ids(Clock));
        var settings = TestService.Settings(folder) with { Outbox = options };
        lanes = new OutboxLanes(settings, new OutboxMetrics(TestService.Meters), NullLogger<OutboxLanes>.Instance);
        delivery = new OutboxDelivery(
            Database, Queue, lanes, new OutboxAttempt(Database, Queue, [Receiver], settings, Clock, NullLogger<OutboxAttempt>.Instance), settings, Clock, NullLogger<OutboxDelivery>.Instance);
        Overview = new OutboxOverview(Database, lanes, settings);
    }

    public ManualClock Clock { get; } = new();

    public Database Database { get; }

    public OutboxQueue Queue { get; }

    public ScriptedReceiver Receiver { get; }

    public OutboxOverview Overview { get; }

    public Task StartAsync() => delivery.StartAsync(CancellationToken.None);

    public Task SendAsync(string destination, string body, string peer = "") =>
        Database.WriteAsync(unit => Queue.Add(unit, ScriptedReceiver.Name, destination, body, peer));

    /// <summary>Moves the clock and lets the delivery see it.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        Clock.Advance(by);
        await SendAsync("nudge", "nudge");
    }

    /// <summary>Waits until the condition holds. The loop hears of an attempt after its commit, so that a wait for commits would be too early: each look makes one.</summary>
    public async Task UntilAsync(string what, Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while (!condition())
        {
            if (deadline.IsCancellationRequested)
            {
                throw new TimeoutException($"Waited {Deadline.Limit} for {what}.");
            }

            await Database.WriteAsync(_ => { });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await delivery.StopAsync(CancellationToken.None).Within("the delivery to stop");
        delivery.Dispose();
        await Database.DisposeAsync();
    }
}

/// <summary>A receiver that does what a test says.</summary>
internal sealed class ScriptedReceiver(Func<OutboxMessage, Task> receive) : IOutboxHandler
{
    public const string Name = "test";

    public string Topic => Name;

    /// <summary>Bodies of all attempts, in order; without the test's own nudges.</summary>
    public ConcurrentQueue<string> Attempts { get; } = new();

    public ConcurrentQueue<string> Delivered { get; } = new();

    public ConcurrentQueue<(string Body, RefusalException Reason)> GivenUp { get; } = new();

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        if (message.Body == "nudge")
        {
            return null;
        }

        Attempts.Enqueue(message.Body);
        await receive(message).WaitAsync(cancellation);
        Delivered.Enqueue(message.Body);
        return null;
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason) => GivenUp.Enqueue((message.Body, reason));
}
