namespace TrustedDataSpace.Connector.Events;

/// <summary>The feed of events.</summary>
public sealed record EventOptions
{
    /// <summary>Most streams of server-sent events at once, 1 to 10,000. Default 64.</summary>
    public int MostStreams { get; init; } = 64;

    internal IEnumerable<string> Problems()
    {
        if (MostStreams is < 1 or > 10_000)
        {
            yield return "Events:MostStreams must lie between 1 and 10000";
        }
    }
}
