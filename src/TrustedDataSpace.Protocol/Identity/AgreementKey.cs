using System.Security.Cryptography;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>A private P-256 key that others encrypt to (ECDH, RFC 7518 §4.6). It never signs. Safe to share between threads; its owner disposes of it.</summary>
public sealed class AgreementKey : IDisposable
{
    private readonly ECDiffieHellman ecdh;

    private AgreementKey(ECDiffieHellman ecdh)
    {
        this.ecdh = ecdh;
        Public = PublicKey.FromSpki(ecdh.ExportSubjectPublicKeyInfo());
    }

    /// <summary>The name of the key: its RFC 7638 thumbprint.</summary>
    public string Kid => Public.Kid;

    /// <summary>The part that others encrypt to.</summary>
    public PublicKey Public { get; }

    /// <summary>Makes a new key.</summary>
    public static AgreementKey Generate() => new(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads an unencrypted PKCS #8 key.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported.</exception>
    public static AgreementKey FromPkcs8(ReadOnlySpan<byte> der)
    {
        var ecdh = ECDiffieHellman.Create();
        try
        {
            ecdh.ImportPkcs8PrivateKey(der, out _);
            return new AgreementKey(ecdh);
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            ecdh.Dispose();
            throw new RefusalException(RefusalCode.Malformed, "The private key is not a PKCS #8 EC key.", e);
        }
        catch (RefusalException)
        {
            ecdh.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose() => ecdh.Dispose();

    /// <summary>The shared secret Z (RFC 7518 §4.6.2): the x coordinate, 32 bytes.</summary>
    internal byte[] Agree(PublicKey other)
    {
        using var peer = ECDiffieHellman.Create(other.Parameters);
        using var key = peer.PublicKey;
        return ecdh.DeriveRawSecretAgreement(key);
    }
}
