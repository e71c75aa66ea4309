using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>The names of self-issued ID tokens that were used and could be shown again: each counts once (DCP §4.3.3).</summary>
/// <remarks>In memory: a token made before this process started may have been used at the one before it, and is refused.</remarks>
public sealed class UsedTokens(TimeProvider clock)
{
    // One more is refused, not forgotten.
    private const int MostKept = 200_000;

    // Of one sender: nobody takes the place of the others.
    private const int MostOfOne = 20_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Dictionary<string, long>> bySender = new(StringComparer.Ordinal);
    private readonly long since = clock.GetUtcNow().ToUnixTimeSeconds();
    private int count;
    private long swept;

    /// <summary>Uses a token up. Called once all else is proven, so that strangers fill no memory.</summary>
    /// <param name="sender">Who made it.</param>
    /// <param name="id">Its name, <c>jti</c>.</param>
    /// <param name="issued">When it was made.</param>
    /// <param name="forgotten">From when on it is refused anyway.</param>
    /// <exception cref="RefusalException">Unauthenticated: it was used before, or may have been; or too many are under way.</exception>
    public void Use(string sender, string id, DateTimeOffset issued, DateTimeOffset forgotten)
    {
        if (issued.ToUnixTimeSeconds() < since)
        {
            throw Refuse("iat", "it was made before this service started, which cannot know whether it was used");
        }

        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        lock (gate)
        {
            Sweep(now);
            if (!bySender.TryGetValue(sender, out var used))
            {
                bySender[sender] = used = new Dictionary<string, long>(StringComparer.Ordinal);
            }

            if (count >= MostKept || used.Count >= MostOfOne)
            {
                throw Refuse("jti", "too many tokens are under way");
            }

            if (!used.TryAdd(id, forgotten.ToUnixTimeSeconds() + 1))
            {
                throw Refuse("jti", "it was used before");
            }

            count++;
        }
    }

    // Not at each call: that would cost as much as there are tokens.
    private void Sweep(long now)
    {
        if (now - swept is >= 0 and < 10)
        {
            return;
        }

        swept = now;
        foreach (var (sender, used) in bySender.ToList())
        {
            foreach (var old in used.Where(entry => entry.Value < now).Select(entry => entry.Key).ToList())
            {
                used.Remove(old);
                count--;
            }

            if (used.Count == 0)
            {
                bySender.Remove(sender);
            }
        }
    }

    private static RefusalException Refuse(string term, string why) =>
        new(RefusalCode.Unauthenticated, $"The self-issued ID token is refused, {term}: {why}.") { Term = term, Remedy = "make a new token for each request (DCP §4.3)" };
}
