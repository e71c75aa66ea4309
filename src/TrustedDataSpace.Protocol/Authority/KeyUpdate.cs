using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>The key that a member will sign with from now on. It travels signed: see <see cref="SignedKeyUpdate"/>.</summary>
public sealed record KeyUpdate
{
    /// <summary>The member's DID.</summary>
    public required Did Id { get; init; }

    /// <summary>The new key.</summary>
    public required Jwk Key { get; init; }

    /// <summary>A JWS by the new key over member and key name: the member holds it.</summary>
    public required string Proof { get; init; }
}

/// <summary>A key that a member used before.</summary>
/// <param name="Key">Its public part.</param>
/// <param name="AcceptedUntil">Until when its signatures are accepted.</param>
public sealed record FormerKey(Jwk Key, DateTimeOffset AcceptedUntil);

/// <summary>
/// A key update as the body of the request: a JWS by the member's present key, with a proof by the new one inside. An access token alone
/// would not do: whoever stole one could take the member's name over with a key of his own.
/// </summary>
public static class SignedKeyUpdate
{
    /// <summary>The media type of the body.</summary>
    public const string MediaType = SignedApplication.MediaType;

    /// <summary>Signs an update.</summary>
    public static string Create(Did id, SigningKey present, SigningKey next)
    {
        ArgumentNullException.ThrowIfNull(present);
        ArgumentNullException.ThrowIfNull(next);
        var proof = Jws.Sign(CanonicalJson.Bytes(new ProofClaims(id, next.Public.Thumbprint)), next, TokenTypes.KeyProof);
        return Jws.Sign(CanonicalJson.Bytes(new KeyUpdate { Id = id, Key = next.Public.Jwk, Proof = proof }), present, TokenTypes.KeyUpdate);
    }

    /// <summary>Verifies both signatures.</summary>
    /// <param name="jws">The body.</param>
    /// <param name="id">The member that sends it.</param>
    /// <param name="keys">The keys that may have signed it.</param>
    /// <exception cref="RefusalException">Unauthenticated, Malformed, Unsupported, Forbidden or TooLarge.</exception>
    public static PublicKey Verify(string jws, string id, IReadOnlyCollection<PublicKey> keys)
    {
        var update = ProtocolJson.Read<KeyUpdate>(Jws.Verify(jws, keys, TokenTypes.KeyUpdate));
        if (update.Id.Value != id)
        {
            throw new RefusalException(RefusalCode.Forbidden, "A member registers its own key only.") { Term = "id" };
        }

        var key = PublicKey.FromJwk(update.Key);

        // As in an application: the name of a key is the only one that cannot be chosen.
        if (key.Kid != key.Thumbprint)
        {
            throw new RefusalException(RefusalCode.Malformed, "The name of the new key is not its RFC 7638 thumbprint.") { Term = "key.kid" };
        }

        return Jws.Verify(update.Proof, [key], TokenTypes.KeyProof).AsSpan().SequenceEqual(CanonicalJson.Bytes(new ProofClaims(update.Id, key.Thumbprint)))
            ? key
            : throw new RefusalException(RefusalCode.Unauthenticated, "The proof of the new key is one for another member or key.") { Term = "proof" };
    }

    private sealed record ProofClaims(Did Id, string Kid);
}
