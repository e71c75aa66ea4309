using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Outbox;

/// <summary>Peers that are away, that hang, or that are late: each waits for itself.</summary>
public sealed class LaneTests : IDisposable
{
    private const string Away = "did:web:away.example";
    private const string Well = "did:web:well.example";

    // The clock stands still: without a test that moves it no pause is ever over.
    private static readonly OutboxOptions Options = new() { FirstPause = TimeSpan.FromMinutes(1), LongestPause = TimeSpan.FromHours(8) };

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Ten_thousand_messages_for_a_peer_that_is_away_cost_no_more_attempts_than_a_few_and_hold_up_nobody()
    {
        await using var outbox = new OutboxUnderTest(folder, Options, message => message.Peer == Away ? Fail() : Task.CompletedTask);
        await outbox.Database.WriteAsync(unit =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                outbox.Queue.Add(unit, ScriptedReceiver.Name, $"away:{i}", "lost", Away);
            }
        });
        await outbox.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => outbox.SendAsync($"well:{i}", "well", Well)));
        await outbox.UntilAsync("the other peer's messages", () => outbox.Receiver.Delivered.Count == 200);
        await outbox.UntilAsync("the circuit", () => outbox.Overview.Circuits is [{ AwayUntil: not null }]);

        // Those under way when the fifth failed.
        Assert.InRange(outbox.Receiver.Attempts.Count(body => body == "lost"), Options.CircuitFailures, Options.CircuitFailures + Options.ParallelPerPeer);
    }

    [Fact]
    public async Task A_peer_that_hangs_takes_its_own_places_only()
    {
        var never = new TaskCompletionSource();
        await using var outbox = new OutboxUnderTest(
            folder, Options with { Parallel = 4, ParallelPerPeer = 2 }, message => message.Peer == Away ? never.Task : Task.CompletedTask);
        await outbox.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => outbox.SendAsync($"away:{i}", "hangs", Away)));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => outbox.SendAsync($"well:{i}", "well", Well)));
        await outbox.UntilAsync("the other peer's messages", () => outbox.Receiver.Delivered.Count == 20);
        Assert.Equal(2, outbox.Receiver.Attempts.Count(body => body == "hangs"));
    }

    [Fact]
    public async Task When_the_pause_is_over_one_message_goes_and_when_it_arrives_all_go_at_once()
    {
        var back = false;
        await using var outbox = new OutboxUnderTest(
            folder, Options with { CircuitFailures = 2 }, message => Volatile.Read(ref back) || message.Peer != Away ? Task.CompletedTask : Fail());

        await outbox.StartAsync();
        await outbox.SendAsync("first", "first", Well);
        await outbox.UntilAsync("the start", () => outbox.Overview.Waiting("", 1).Count == 0);

        // One of them has failed so often that its own next attempt is far away.
        await outbox.Database.WriteAsync(unit =>
        {
            outbox.Queue.Add(unit, ScriptedReceiver.Name, "far", "far", Away);
            OutboxQueue.Postpone(unit, unit.Find<OutboxMessage>("SELECT id AS Id, destination AS Destination FROM outbox")!, TimeSpan.FromDays(2), "long ago");
        });
        await outbox.SendAsync("one", "one", Away);
        await outbox.SendAsync("two", "two", Away);
        await outbox.UntilAsync("the circuit", () => outbox.Overview.Circuits is [{ AwayUntil: not null }]);
        await outbox.SendAsync("three", "three", Away);

        // Still away: one attempt, and the pause begins anew.
        await outbox.AdvanceAsync(TimeSpan.FromMinutes(3));
        await outbox.UntilAsync("one more failure", () => outbox.Overview.Circuits is [{ Failures: 3 }]);
        Assert.Equal(4, outbox.Receiver.Attempts.Count);

        Volatile.Write(ref back, true);
        await outbox.AdvanceAsync(TimeSpan.FromMinutes(7));
        await outbox.UntilAsync("all messages", () => outbox.Receiver.Delivered.Count == 5);
        Assert.Contains("far", outbox.Receiver.Delivered);
        await outbox.UntilAsync("no circuit", () => outbox.Overview.Circuits.Count == 0);
    }

    [Fact]
    public async Task A_message_whose_time_comes_while_its_peer_is_away_goes_when_the_peer_is_tried_again()
    {
        var back = false;
        await using var outbox = new OutboxUnderTest(
            folder, Options with { CircuitFailures = 2 }, message => Volatile.Read(ref back) || message.Peer != Away ? Task.CompletedTask : Fail());
        await outbox.StartAsync();
        await outbox.SendAsync("one", "one", Away);
        await outbox.UntilAsync("the first failure", () => outbox.Overview.Circuits is [{ Failures: 1 }]);
        await outbox.SendAsync("two", "two", Away);
        await outbox.UntilAsync("the circuit", () => outbox.Overview.Circuits is [{ AwayUntil: not null }]);

        // The first message's own pause is over (a minute, and a fifth of it at most), the peer's is not (two of them, less a fifth).
        await outbox.AdvanceAsync(TimeSpan.FromSeconds(80));
        await outbox.UntilAsync("the nudge", () => outbox.Overview.Waiting("", 10).All(message => message.Destination != "nudge"));
        Assert.Equal(2, outbox.Receiver.Attempts.Count);

        Volatile.Write(ref back, true);
        await outbox.AdvanceAsync(TimeSpan.FromMinutes(3));
        await outbox.UntilAsync("both messages", () => outbox.Receiver.Delivered.Count == 2);
    }

    [Fact]
    public async Task A_later_message_never_passes_one_that_waits_for_its_next_attempt_whoever_it_is_for()
    {
        var attempts = 0;
        await using var outbox = new OutboxUnderTest(
            folder, Options, message => message.Body == "first" && Interlocked.Increment(ref attempts) == 1 ? Fail() : Task.CompletedTask);
        await outbox.StartAsync();
        await outbox.SendAsync("process", "first", Away);
        await outbox.UntilAsync("the failure", () => outbox.Overview.Waiting("", 10) is [{ Attempts: 1 }]);
        await outbox.SendAsync("process", "second");
        await outbox.SendAsync("process", "third", Well);
        await outbox.SendAsync("other", "other", Away);
        await outbox.UntilAsync("the other process", () => outbox.Receiver.Delivered.Contains("other"));
        Assert.Equal(["first", "other"], outbox.Receiver.Attempts);

        await outbox.AdvanceAsync(TimeSpan.FromMinutes(2));
        await outbox.UntilAsync("the rest", () => outbox.Receiver.Delivered.Count == 4);
        Assert.Equal(["first", "other", "first", "second", "third"], outbox.Receiver.Attempts);
    }

    [Fact]
    public async Task A_restart_tries_everything_at_once()
    {
        await using (var before = new OutboxUnderTest(folder, Options, _ => Fail()))
        {
            await before.StartAsync();
            await before.SendAsync("process", "first", Away);
            await before.UntilAsync("the failure", () => before.Overview.Waiting("", 10) is [{ Attempts: 1 }]);
        }

        await using var after = new OutboxUnderTest(folder, Options, _ => Task.CompletedTask);
        await after.StartAsync();
        await after.UntilAsync("the message", () => after.Receiver.Delivered.Contains("first"));
    }

    [Fact]
    public async Task One_message_that_a_peer_chokes_on_holds_up_no_other()
    {
        await using var outbox = new OutboxUnderTest(
            folder, Options with { FirstPause = TimeSpan.FromTicks(1), LongestPause = TimeSpan.FromTicks(1) }, message => message.Body == "bad" ? Fail() : Task.CompletedTask);
        await outbox.StartAsync();
        await outbox.SendAsync("bad", "bad", Away);
        await outbox.UntilAsync("many failures", () => outbox.Overview.Circuits is [{ Failures: > 10 }]);
        Assert.Null(outbox.Overview.Circuits[0].AwayUntil);
        await outbox.SendAsync("good", "good", Away);
        await outbox.UntilAsync("the other message", () => outbox.Receiver.Delivered.Contains("good"));
    }

    [Fact]
    public async Task What_waits_behind_a_peer_that_is_away_is_given_up_at_its_age_with_the_reason()
    {
        await using var outbox = new OutboxUnderTest(folder, Options with { GiveUpAfter = TimeSpan.FromHours(1) }, _ => Fail());
        await outbox.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => outbox.SendAsync($"away:{i}", "lost", Away)));
        await outbox.UntilAsync(
            "the circuit and all that was under way", () => outbox.Overview.Circuits is [{ AwayUntil: not null } circuit] && circuit.Failures == outbox.Receiver.Attempts.Count);
        var tried = outbox.Receiver.Attempts.Count;
        await outbox.AdvanceAsync(TimeSpan.FromHours(2));
        await outbox.UntilAsync("all to be given up", () => outbox.Receiver.GivenUp.Count == 50 && outbox.Overview.Waiting("", 1).Count == 0);
        Assert.All(outbox.Receiver.GivenUp, given => Assert.Equal("Not delivered within 01:00:00: nobody there", given.Reason.Message));
        Assert.Equal(tried + 1, outbox.Receiver.Attempts.Count);
    }

    [Theory]
    [InlineData(true, 5)]
    [InlineData(false, 1)]
    public async Task A_refusal_that_may_pass_is_the_last_word_only_when_it_has_been_said_five_times(bool mayPass, int attempts)
    {
        await using var outbox = new OutboxUnderTest(
            folder,
            Options with { FirstPause = TimeSpan.FromTicks(1), LongestPause = TimeSpan.FromTicks(1), NotFoundPatience = TimeSpan.Zero },
            _ => throw new RefusalException(RefusalCode.NotFound, "no such process") { MayPass = mayPass });
        await outbox.StartAsync();
        await outbox.SendAsync("process", "early", Away);
        await outbox.UntilAsync("the end", () => outbox.Receiver.GivenUp.Count == 1);
        Assert.Equal(attempts, outbox.Receiver.Attempts.Count);
        Assert.Equal("no such process", Assert.Single(outbox.Receiver.GivenUp).Reason.Message);
        Assert.Empty(outbox.Overview.Circuits);
    }

    private static Task Fail() => throw new RefusalException(RefusalCode.Unavailable, "nobody there");
}
