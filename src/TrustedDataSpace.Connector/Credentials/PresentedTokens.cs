using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>What this connector shows peers where it proves itself by presentations: a self-issued ID token that lets the peer read its credentials.</summary>
internal sealed class PresentedTokens(SelfIssuedSender sender, AccessGrants grants) : IPeerTokens
{
    public Task<string?> ForAsync(string did, CancellationToken cancellation)
    {
        var peer = Did.Parse(did);
        return Task.FromResult<string?>(sender.Make(peer, grants.ForPeer(peer)));
    }
}
