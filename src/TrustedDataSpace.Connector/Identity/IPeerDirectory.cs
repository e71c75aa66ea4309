using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>
/// Where peers are and how they stand. The product asks the authority's register (<see cref="AuthorityDirectory"/>); a host that
/// speaks to somebody without an authority, such as a conformance kit, brings its own. So no one else may suppose that an id is a DID.
/// </summary>
internal interface IPeerDirectory
{
    /// <summary>The active participant of that id.</summary>
    /// <exception cref="RefusalException">NotFound: unknown to the space; Forbidden: not active; Unavailable: nobody can tell now.</exception>
    ValueTask<PeerRecord> FindAsync(string did, CancellationToken cancellation);

    /// <summary>The same, asked for now: what <see cref="FindAsync"/> says may be a moment old.</summary>
    /// <exception cref="RefusalException">As <see cref="FindAsync"/>.</exception>
    ValueTask<PeerRecord> FindAnewAsync(string did, CancellationToken cancellation) => FindAsync(did, cancellation);

    /// <summary>When the authority of the space last said that the participant is what <see cref="FindAsync"/> says; null: nobody has, or nobody can tell when.</summary>
    DateTimeOffset? StandingOf(string did) => null;
}
