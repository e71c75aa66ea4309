namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>
/// Whether a peer is worth trying. Closed: it is. Open: it is away, and nothing goes until a pause is over; then one message goes, whose
/// end decides. In memory alone: a restart tries at once. Used by the one loop of the delivery; <see cref="Current"/> by anybody.
/// </summary>
internal sealed class PeerCircuit(OutboxOptions options)
{
    private volatile CircuitState current = new(0, null, null);
    private string? failing;
    private bool severalFail;
    private int openings;

    public CircuitState Current => current;

    /// <summary>How many more messages may go now.</summary>
    public int Allows(int underWay, DateTimeOffset now)
    {
        if (current.OpenUntil is not { } until)
        {
            return Math.Max(0, options.ParallelPerPeer - underWay);
        }

        return underWay == 0 && now >= until ? 1 : 0;
    }

    /// <summary>The peer has answered. Returns whether the circuit was open.</summary>
    public bool Answered()
    {
        var wasOpen = current.OpenUntil is not null;
        if (wasOpen || current.Failures > 0)
        {
            current = new(0, null, null);
            (failing, severalFail, openings) = (null, false, 0);
        }

        return wasOpen;
    }

    /// <summary>The peer has not answered. Returns the pause, if the circuit opens now or for longer.</summary>
    public TimeSpan? Failed(string destination, string reason, DateTimeOffset now)
    {
        var before = current;
        var failures = before.Failures + 1;

        // One message that a peer chokes on has its own pauses and must not hold up all others.
        severalFail |= failing is not null && failing != destination;
        failing = destination;

        // Attempts that were under way when it opened say nothing new.
        if (before.OpenUntil > now || failures < options.CircuitFailures || !severalFail)
        {
            current = before with { Failures = failures, Reason = reason };
            return null;
        }

        var pause = BackOff.After(options.CircuitFailures - 1 + openings++, options.FirstPause, options.LongestPause);
        current = new(failures, now + pause, reason);
        return pause;
    }
}

/// <summary>How a circuit stands.</summary>
/// <param name="Failures">Failures in a row.</param>
/// <param name="OpenUntil">When one message is tried, or null: closed.</param>
/// <param name="Reason">Of the last failure.</param>
internal sealed record CircuitState(int Failures, DateTimeOffset? OpenUntil, string? Reason);
