using System.Collections.Concurrent;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Peers as policies know them: how they stand in the register, and what their credentials say. The same object as long as neither has changed:
/// whatever was decided about it is decided anew about another.
/// </summary>
internal sealed class Subjects(IPeerDirectory directory, PeerClaims claims)
{
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<string, PeerRecord> kept = new(StringComparer.Ordinal);

    /// <summary>The active participant of that id.</summary>
    /// <exception cref="RefusalException">As <see cref="IPeerDirectory.FindAsync"/>.</exception>
    public async ValueTask<PeerRecord> FindAsync(string did, CancellationToken cancellation) =>
        Of(await directory.FindAsync(did, cancellation), await claims.OfAsync(did, cancellation));

    private PeerRecord Of(PeerRecord record, SubjectClaims? said)
    {
        if (said is null)
        {
            return record;
        }

        if (kept.TryGetValue(record.Id, out var known) && ReferenceEquals(known.Plain, record) && ReferenceEquals(known.Claims, said))
        {
            return known;
        }

        if (kept.Count >= MostKept)
        {
            kept.Clear();
        }

        return kept[record.Id] = record.With(said);
    }
}
