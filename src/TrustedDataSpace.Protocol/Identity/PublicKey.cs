using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>A P-256 key that verifies. Safe to share between threads.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Key sets are shared by requests and replaced at rotation: no one owner could dispose of a key. The handle is freed with the object.")]
public sealed class PublicKey
{
    private const int CoordinateLength = 32;

    // SubjectPublicKeyInfo of an EC key on P-256 (RFC 5480), up to and with the mark of an uncompressed point.
    private static readonly byte[] SpkiPrefix = Convert.FromHexString("3059301306072A8648CE3D020106082A8648CE3D03010703420004");

    private readonly ECDsa ecdsa;
    private readonly byte[] spki;

    private PublicKey(ECDsa ecdsa, string? kid)
    {
        this.ecdsa = ecdsa;
        spki = ecdsa.ExportSubjectPublicKeyInfo();
        var q = ecdsa.ExportParameters(includePrivateParameters: false).Q;
        var (x, y) = (Base64Url.EncodeToString(q.X), Base64Url.EncodeToString(q.Y));
        // RFC 7638 §3.2: the required members in lexicographic order, no white space.
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{x}}","y":"{{y}}"}""")));
        Kid = kid ?? Thumbprint;
        Jwk = new Jwk { Kty = "EC", Crv = "P-256", X = x, Y = y, Kid = Kid, Use = "sig", Alg = "ES256" };
    }

    // The same key under another name: what is costly about a key is not made again.
    private PublicKey(PublicKey key, string kid)
    {
        (ecdsa, spki, Thumbprint, Kid) = (key.ecdsa, key.spki, key.Thumbprint, kid);
        Jwk = key.Jwk with { Kid = kid };
    }

    /// <summary>The name of the key: as its JWK said, else its thumbprint.</summary>
    public string Kid { get; }

    /// <summary>The RFC 7638 thumbprint, base64url: the only name that cannot be chosen.</summary>
    public string Thumbprint { get; }

    /// <summary>The key as JSON Web Key.</summary>
    public Jwk Jwk { get; }

    /// <summary>The point, for key agreement.</summary>
    internal ECParameters Parameters => ecdsa.ExportParameters(includePrivateParameters: false);

    /// <summary>Reads a JSON Web Key.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported.</exception>
    public static PublicKey FromJwk(Jwk jwk)
    {
        ArgumentNullException.ThrowIfNull(jwk);
        if (jwk.PrivatePart is not null)
        {
            throw new RefusalException(RefusalCode.Malformed, "The JSON Web Key holds a private part.")
            {
                Where = "d",
                Remedy = "Treat that key as lost: make a new one and publish its public part only.",
            };
        }

        if (jwk.Kty != "EC" || jwk.Crv != "P-256" || jwk.Alg is not (null or "ES256"))
        {
            throw new RefusalException(RefusalCode.Unsupported, "Only EC keys on P-256 for ES256 are supported.") { Term = "kty" };
        }

        return FromPoint(Coordinate(jwk.X), Coordinate(jwk.Y), jwk.Kid);
    }

    /// <summary>Reads a SubjectPublicKeyInfo in DER.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported.</exception>
    public static PublicKey FromSpki(ReadOnlySpan<byte> der)
    {
        // One curve, one encoding: nothing of a stranger's choice reaches the platform's parser but the point.
        if (der.Length != SpkiPrefix.Length + (2 * CoordinateLength) || !der.StartsWith(SpkiPrefix))
        {
            throw new RefusalException(RefusalCode.Unsupported, "The public key is not an uncompressed EC key on P-256 in DER.");
        }

        var point = der[SpkiPrefix.Length..];
        return FromPoint(point[..CoordinateLength].ToArray(), point[CoordinateLength..].ToArray(), kid: null);
    }

    /// <summary>The same key under another name.</summary>
    public PublicKey Named(string kid) => kid == Kid ? this : new PublicKey(this, kid);

    /// <summary>The SubjectPublicKeyInfo in DER.</summary>
    public byte[] ExportSpki() => [.. spki];

    /// <summary>Verifies an ES256 signature (RFC 7518 §3.4: r and s, 32 bytes each).</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => ecdsa.VerifyData(data, signature, HashAlgorithmName.SHA256);

    /// <summary>Verifies an ECDSA signature in DER, as notes carry it.</summary>
    internal bool VerifyDer(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        ecdsa.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    private static PublicKey FromPoint(byte[] x, byte[] y, string? kid)
    {
        try
        {
            var q = new ECPoint { X = x, Y = y };
            return new PublicKey(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = q }), kid);
        }
        catch (CryptographicException e)
        {
            throw new RefusalException(RefusalCode.Malformed, "The public key is not a point on P-256.", e) { Term = "x, y" };
        }
    }

    private static byte[] Coordinate(string? text)
    {
        try
        {
            var bytes = Base64Url.DecodeFromChars(text);
            return bytes.Length == CoordinateLength ? bytes : throw new FormatException("A coordinate has 32 bytes.");
        }
        catch (FormatException e)
        {
            throw new RefusalException(RefusalCode.Malformed, "The JSON Web Key lacks a coordinate of 32 bytes in base64url.", e) { Term = "x, y" };
        }
    }
}
