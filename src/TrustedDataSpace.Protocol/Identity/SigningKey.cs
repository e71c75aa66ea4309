using System.Security.Cryptography;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>A private P-256 key that signs ES256. Safe to share between threads; its owner disposes of it.</summary>
public sealed class SigningKey : IDisposable
{
    private readonly ECDsa ecdsa;

    private SigningKey(ECDsa ecdsa)
    {
        this.ecdsa = ecdsa;
        Public = PublicKey.FromSpki(ecdsa.ExportSubjectPublicKeyInfo());
    }

    /// <summary>The name of the key: its RFC 7638 thumbprint.</summary>
    public string Kid => Public.Kid;

    /// <summary>The part that others verify with.</summary>
    public PublicKey Public { get; }

    /// <summary>Makes a new key.</summary>
    public static SigningKey Generate() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads an unencrypted PKCS #8 key.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported.</exception>
    public static SigningKey FromPkcs8(ReadOnlySpan<byte> der)
    {
        var ecdsa = ECDsa.Create();
        try
        {
            ecdsa.ImportPkcs8PrivateKey(der, out _);
            return new SigningKey(ecdsa);
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            ecdsa.Dispose();
            throw new RefusalException(RefusalCode.Malformed, "The private key is not a PKCS #8 EC key.", e);
        }
        catch (RefusalException)
        {
            ecdsa.Dispose();
            throw;
        }
    }

    /// <summary>The private key as unencrypted PKCS #8: to be encrypted before it is stored.</summary>
    public byte[] ExportPkcs8() => ecdsa.ExportPkcs8PrivateKey();

    /// <summary>Signs with ES256 (r and s, 32 bytes each).</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => ecdsa.SignData(data, HashAlgorithmName.SHA256);

    /// <inheritdoc />
    public void Dispose() => ecdsa.Dispose();

    /// <summary>Signs with an ECDSA signature in DER, as notes carry it.</summary>
    internal byte[] SignDer(ReadOnlySpan<byte> data) => ecdsa.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
}
