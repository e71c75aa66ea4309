using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>
/// Addresses that a peer gives. They count only below the endpoint that the peer has registered at the authority: nobody can make
/// this connector call somebody else.
/// </summary>
internal static class PeerAddress
{
    /// <summary>The path of the address below the peer's endpoint, without a trailing slash.</summary>
    /// <exception cref="RefusalException">Malformed: it lies elsewhere.</exception>
    public static string PathBelow(PeerRecord peer, string address, string what)
    {
        if (!peer.Owns(address))
        {
            throw new RefusalException(RefusalCode.Malformed, $"The {what} does not lie below the endpoint that its sender has registered at the authority.")
            {
                Where = what,
                Remedy = "Use an address below the registered endpoint, or register the new endpoint first.",
            };
        }

        var root = new Uri(peer.Endpoint).AbsolutePath.TrimEnd('/');
        return new Uri(address).AbsolutePath.TrimEnd('/')[root.Length..];
    }
}
