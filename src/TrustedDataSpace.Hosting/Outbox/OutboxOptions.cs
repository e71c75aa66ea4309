namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>How undelivered messages are tried again.</summary>
public sealed record OutboxOptions
{
    /// <summary>Pause after the first failure; doubled after each further one, with up to half of it added at random. Default 200 ms.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause. Default 1 minute.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Age at which a message is given up, with a visible reason. Default 1 day.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(1);
}
