namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>How messages are delivered, and how undelivered ones are tried again.</summary>
public sealed record OutboxOptions
{
    /// <summary>Pause after the first failure; doubled after each further one, with up to half of it added at random. Default 200 ms.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause, for a message and for a peer that is away. Default 1 minute.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Age at which a message is given up, with a visible reason. Default 1 day.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How long a peer that does not know a process (404, 409) is asked again before that is its last word: it may have
    /// acknowledged the message before and not be done with it. Five attempts are made in any case. Default 30 s.
    /// </summary>
    public TimeSpan NotFoundPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most deliveries at a time. Default 64; half of it for steps of this service that go to nobody in particular.</summary>
    public int Parallel { get; init; } = 64;

    /// <summary>Most deliveries at a time to one peer. Default 16.</summary>
    public int ParallelPerPeer { get; init; } = 16;

    /// <summary>Failures in a row after which a peer counts as away, and is tried with one message at a time. Default 5.</summary>
    public int CircuitFailures { get; init; } = 5;

    internal IEnumerable<string> Problems()
    {
        if (FirstPause <= TimeSpan.Zero || LongestPause < FirstPause)
        {
            yield return "Outbox:FirstPause must be more than zero and Outbox:LongestPause no less than that";
        }

        if (NotFoundPatience < TimeSpan.Zero)
        {
            yield return "Outbox:NotFoundPatience must not be negative";
        }

        if (Parallel < 2 || ParallelPerPeer < 1)
        {
            yield return "Outbox:Parallel must be at least 2 and Outbox:ParallelPerPeer at least 1";
        }

        if (CircuitFailures < 1)
        {
            yield return "Outbox:CircuitFailures must be at least 1";
        }
    }
}
