using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>The participant's own key: proves who it is to the authority, signs evidence and usage records.</summary>
internal sealed class ParticipantKey(KeyStore keys)
{
    public const string Name = "participant";

    public SigningKey Signing => keys.Signing(Name);

    /// <summary>The keys with which this participant may have signed what is shown to it at that time.</summary>
    public IReadOnlyCollection<PublicKey> Accepted(DateTimeOffset now) => keys.Accepted(Name, now);
}
