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

    /// <summary>The name of the key: as its JWK said, else its thumbprint.</summary>
    public string Kid { get; }

    /// <summary>The RFC 7638 thumbprint, base64url: the only name that cannot be chosen.</summary>
    public string Thumbprint { get; }

    /// <summary>The key as JSON Web Key.</summary>
    public Jwk Jwk { get; }

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

        try
        {
            var point = new ECPoint { X = Coordinate(jwk.X), Y = Coordinate(jwk.Y) };
            return new PublicKey(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point }), jwk.Kid);
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            throw new RefusalException(RefusalCode.Malformed, "The JSON Web Key is not a point on P-256.", e) { Term = "x, y" };
        }
    }

    /// <summary>Reads a SubjectPublicKeyInfo in DER.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported.</exception>
    public static PublicKey FromSpki(ReadOnlySpan<byte> der)
    {
        try
        {
            var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(der, out var read);
            var key = ecdsa.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value
                ? new PublicKey(ecdsa, kid: null)
                : throw new RefusalException(RefusalCode.Unsupported, "Only EC keys on P-256 are supported.");

            // One key, one encoding: else the same key could have two checkpoint key ids.
            return read == der.Length && key.spki.AsSpan().SequenceEqual(der)
                ? key
                : throw new RefusalException(RefusalCode.Malformed, "The public key is not encoded in DER as RFC 5480 asks.");
        }
        catch (CryptographicException e)
        {
            throw new RefusalException(RefusalCode.Malformed, "The public key is not a SubjectPublicKeyInfo of an EC key.", e);
        }
    }

    /// <summary>The SubjectPublicKeyInfo in DER.</summary>
    public byte[] ExportSpki() => [.. spki];

    /// <summary>Verifies an ES256 signature (RFC 7518 §3.4: r and s, 32 bytes each).</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => ecdsa.VerifyData(data, signature, HashAlgorithmName.SHA256);

    /// <summary>Verifies an ECDSA signature in DER, as notes carry it.</summary>
    internal bool VerifyDer(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        ecdsa.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    private static byte[] Coordinate(string? text)
    {
        var bytes = Base64Url.DecodeFromChars(text ?? throw new FormatException());
        return bytes.Length == CoordinateLength ? bytes : throw new FormatException();
    }
}
