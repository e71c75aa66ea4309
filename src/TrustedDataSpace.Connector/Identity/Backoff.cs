using System.Security.Cryptography;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>Growing pauses between attempts of one worker.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private readonly TimeSpan first = first;
    private TimeSpan next = first;

    /// <summary>The next pause: twice the last, with up to a quarter added at random so that connectors do not return all at once.</summary>
    public TimeSpan Next()
    {
        var pause = next;
        next = next * 2 < longest ? next * 2 : longest;
        return pause + (pause * (RandomNumberGenerator.GetInt32(0, 250) / 1000.0));
    }

    /// <summary>It worked: begin again.</summary>
    public void Reset() => next = first;
}
