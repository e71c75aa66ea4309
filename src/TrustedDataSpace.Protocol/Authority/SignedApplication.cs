using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>An application as the body of the request: a JWS by the key that it names, which proves possession of that key.</summary>
public static class SignedApplication
{
    /// <summary>The media type of the body.</summary>
    public const string MediaType = "application/jose";

    /// <summary>Signs an application.</summary>
    /// <exception cref="RefusalException">Conflict when the application names another key.</exception>
    public static string Create(ParticipantApplication application, SigningKey key)
    {
        ArgumentNullException.ThrowIfNull(application);
        ArgumentNullException.ThrowIfNull(key);
        return PublicKey.FromJwk(application.Key).Thumbprint == key.Public.Thumbprint
            ? Jws.Sign(CanonicalJson.Bytes(application), key, TokenTypes.Application)
            : throw new RefusalException(RefusalCode.Conflict, "The application names another key than the one that signs it.") { Term = "key" };
    }

    /// <summary>Verifies possession of the key and reads the application. Who the applicant is, the operator decides.</summary>
    /// <exception cref="RefusalException">Unauthenticated, Malformed, Unsupported or TooLarge.</exception>
    public static ParticipantApplication Verify(string jws)
    {
        var claimed = ProtocolJson.Read<ParticipantApplication>(Jws.ReadUnverified(jws));
        return ProtocolJson.Read<ParticipantApplication>(Jws.Verify(jws, [PublicKey.FromJwk(claimed.Key)], TokenTypes.Application));
    }
}
