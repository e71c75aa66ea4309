using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>What this connector shows a peer to be let in: a token of the space's authority (<see cref="AccessTokens"/>), or whatever another identity system gives.</summary>
internal interface IPeerTokens
{
    /// <summary>A token that the peer accepts; null to call it without one.</summary>
    /// <exception cref="RefusalException">Unavailable: there is none now.</exception>
    Task<string?> ForAsync(string did, CancellationToken cancellation);
}
