using TrustedDataSpace.Hosting.Outbox;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Outbox;

public sealed class PeerCircuitTests
{
    private static readonly OutboxOptions Options = new() { CircuitFailures = 3, ParallelPerPeer = 4, FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(30) };
    private static readonly DateTimeOffset Start = new(2026, 5, 12, 0, 0, 0, TimeSpan.Zero);

    private readonly PeerCircuit circuit = new(Options);

    [Fact]
    public void It_opens_at_the_third_failure_in_a_row_and_lets_one_through_when_the_pause_is_over()
    {
        Assert.Equal(4, circuit.Allows(0, Start));
        var pause = Open();
        Assert.Equal(0, circuit.Allows(0, Start + pause - TimeSpan.FromTicks(1)));
        Assert.Equal(1, circuit.Allows(0, Start + pause));
        Assert.Equal(0, circuit.Allows(1, Start + pause));
    }

    [Fact]
    public void An_answer_in_between_begins_the_count_anew()
    {
        circuit.Failed("a", "away", Start);
        circuit.Failed("b", "away", Start);
        Assert.False(circuit.Answered());
        Assert.Null(circuit.Failed("a", "away", Start));
        Assert.Null(circuit.Failed("b", "away", Start));
    }

    [Fact]
    public void Failures_of_attempts_that_were_under_way_do_not_make_the_pause_longer()
    {
        Open();
        var until = circuit.Current.OpenUntil;
        Assert.Null(circuit.Failed("d", "away", Start));
        Assert.Equal(until, circuit.Current.OpenUntil);
        Assert.Equal("away", circuit.Current.Reason);
    }

    [Fact]
    public void Each_failure_after_a_pause_makes_the_next_longer_up_to_the_limit_and_half_of_it()
    {
        var pause = Open();
        Assert.InRange(pause, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6));
        var now = Start + pause;
        var next = circuit.Failed("a", "away", now)!.Value;
        Assert.InRange(next, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(12));
        for (var i = 0; i < 10; i++)
        {
            now += next;
            next = circuit.Failed("a", "away", now)!.Value;
        }

        Assert.InRange(next, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(45));
    }

    [Fact]
    public void An_answer_closes_it_at_once_even_one_to_an_attempt_from_before()
    {
        Open();
        Assert.True(circuit.Answered());
        Assert.Equal(4, circuit.Allows(0, Start));
        Assert.Equal(0, circuit.Current.Failures);
    }

    [Fact]
    public void One_destination_alone_never_opens_it()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Null(circuit.Failed("a", "away", Start));
        }

        Assert.NotNull(circuit.Failed("b", "away", Start));
    }

    private TimeSpan Open()
    {
        Assert.Null(circuit.Failed("a", "away", Start));
        Assert.Null(circuit.Failed("b", "away", Start));
        return circuit.Failed("c", "away", Start)!.Value;
    }
}
