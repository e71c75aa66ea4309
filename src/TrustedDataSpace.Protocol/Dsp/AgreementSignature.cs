using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>
/// A party's signature under an agreement: a detached JWS over its canonical form (RFC 8785). The provider's travels with the agreement,
/// the consumer's with its verification, as a property that other connectors may ignore.
/// </summary>
public static class AgreementSignature
{
    /// <summary>The property of the two messages.</summary>
    public const string Property = "tds:signature";

    /// <summary>Signs.</summary>
    public static string Sign(PolicyDocument agreement, SigningKey key)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        return DetachedJws.Sign(CanonicalJson.Bytes(agreement.Element), key, TokenTypes.Agreement);
    }

    /// <summary>Checks the signature of a party.</summary>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge: what is wrong with it.</exception>
    public static void Verify(string signature, PolicyDocument agreement, IReadOnlyCollection<PublicKey> keys)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        DetachedJws.Verify(signature, CanonicalJson.Bytes(agreement.Element), keys, TokenTypes.Agreement);
    }
}
