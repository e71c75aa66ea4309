namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>How the kit spends its time. These pauses are what a connector under test has to live with, so they are kept.</summary>
internal static class KitTiming
{
    /// <summary>From the arrival of the connector's answer until the kit knows the process by it: a message that comes earlier is too early.</summary>
    public static TimeSpan Processing { get; } = TimeSpan.FromMilliseconds(10);

    /// <summary>From a message to the one look at the connector's state, and from a request to the kit's next message.</summary>
    public static TimeSpan BeforeNext { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two looks at the state of a transfer.</summary>
    public static TimeSpan Poll { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>After an answer 4xx that was not expected: before the first and the second repetition.</summary>
    public static IReadOnlyList<TimeSpan> Retries { get; } = [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400)];
}
