using System.Collections.Concurrent;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>The names (<c>jti</c>) of the DPoP proofs that were used for a flow, as long as they could be used again.</summary>
internal sealed class UsedProofs
{
    // More are refused: to forget one would open a door.
    private const int MostKept = 20_000;

    private readonly ConcurrentDictionary<string, long> used = new(StringComparer.Ordinal);
    private long sweptAt;

    /// <summary>Notes a proof; false when it was used before, or when there are too many.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="issued">When it was made, seconds since 1970.</param>
    /// <param name="now">Seconds since 1970.</param>
    public bool Take(string id, long issued, long now)
    {
        if (Interlocked.Exchange(ref sweptAt, now) != now)
        {
            foreach (var entry in used.Where(entry => entry.Value < now - ProofOfPossession.ToleranceSeconds))
            {
                used.TryRemove(entry);
            }
        }

        return used.Count < MostKept && used.TryAdd(id, issued);
    }
}
