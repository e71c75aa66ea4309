namespace TrustedDataSpace.Protocol.Identity;

/// <summary>A JSON Web Key Set (RFC 7517 §5).</summary>
/// <param name="Keys">The keys.</param>
public sealed record JwkSet(IReadOnlyList<Jwk> Keys)
{
    /// <summary>The use of a key that signs checkpoints of a log and nothing else any more (RFC 7517 §4.2 allows other values): tokens must not be accepted from it.</summary>
    public const string LogUse = "log";

    /// <summary>The keys that may have signed a checkpoint.</summary>
    public IReadOnlyList<PublicKey> LogKeys() =>
        [.. Keys.Where(k => k is { Kty: "EC", Crv: "P-256", Use: null or "sig" or LogUse }).Select(PublicKey.FromJwk)];

    /// <summary>The keys that can verify ES256; others in the set are passed over, as RFC 7517 §5 asks.</summary>
    public IReadOnlyList<PublicKey> PublicKeys() =>
        [.. Keys.Where(k => k is { Kty: "EC", Crv: "P-256", Use: null or "sig" }).Select(PublicKey.FromJwk)];
}
