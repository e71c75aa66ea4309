using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>The participant's own key: proves who it is to the authority, signs evidence and usage records.</summary>
internal sealed class ParticipantKey
{
    public const string Name = "participant";

    private readonly KeyStore keys;

    public ParticipantKey(KeyStore keys)
    {
        this.keys = keys;

        // Made here if there is none: a unit of work that signs would wait for the unit of work that stores it, for ever.
        _ = Signing;
    }

    public SigningKey Signing => keys.Signing(Name);

    /// <summary>The keys with which this participant may have signed what is shown to it at that time.</summary>
    public IReadOnlyCollection<PublicKey> Accepted(DateTimeOffset now) => keys.Accepted(Name, now);

    /// <summary>Whether what that key has signed counts at that time.</summary>
    public bool IsAccepted(string kid, DateTimeOffset now) => keys.IsAccepted(Name, kid, now);
}
