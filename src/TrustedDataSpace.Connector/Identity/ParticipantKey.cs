using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>The participant's own key: proves who it is to the authority, signs evidence and usage records.</summary>
internal sealed class ParticipantKey(KeyStore keys)
{
    public SigningKey Signing => keys.Signing("participant");
}
