using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>A participant as the authority's register shows it.</summary>
/// <param name="Id">DID.</param>
/// <param name="Name">Name that people read.</param>
/// <param name="Endpoint">Base address of its connector, without a trailing slash: the only address it is ever called at.</param>
/// <param name="State">One of <see cref="Protocol.Authority.ParticipantStates"/>.</param>
/// <param name="Key">Its key.</param>
/// <param name="Region">Code of its region.</param>
/// <param name="Roles">Its roles in the space.</param>
internal sealed record PeerRecord(string Id, string Name, string Endpoint, string State, PublicKey Key, string Region, IReadOnlyList<string> Roles)
{
    /// <summary>Keys that it used before and that still count: with them and <see cref="Key"/>, what it signed lately is verified.</summary>
    public IReadOnlyList<PublicKey> FormerKeys { get; init; } = [];

    /// <summary>Path of the protocol below the endpoint, for a peer that does not tell it itself; null: its version document says.</summary>
    public string? ProtocolPath { get; init; }

    /// <summary>What its credentials say of it beside what the register does; null: nothing is known.</summary>
    public SubjectClaims? Claims { get; private init; }

    /// <summary>The record without the claims.</summary>
    public PeerRecord? Plain { get; private init; }

    /// <summary>The record with what credentials say.</summary>
    public PeerRecord With(SubjectClaims said) => this with { Claims = said, Plain = this };

    /// <summary>The peer as policies know it.</summary>
    public Peer ToPeer() => new(Id, State, Region, Roles) { Claims = Claims };

    /// <summary>Whether an address that the peer named lies under its registered endpoint.</summary>
    public bool Owns(string address) =>
        Uri.TryCreate(Endpoint + "/", UriKind.Absolute, out var own)
        && Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var given)
        && given.UserInfo.Length == 0
        && own.GetLeftPart(UriPartial.Authority) == given.GetLeftPart(UriPartial.Authority)

        // Compared as they will be sent: dot segments are gone, an encoded slash or dot stays what it is and is refused.
        && given.AbsolutePath.StartsWith(own.AbsolutePath, StringComparison.Ordinal)
        && !given.AbsolutePath.Contains('%', StringComparison.Ordinal);
}
