using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TrustedDataSpace.Hosting.Http;

/// <summary>Which certificate authorities vouch for the services that this one calls.</summary>
public static class PeerTrust
{
    /// <summary>TLS options that trust the certificates of <see cref="EgressOptions.TrustedCertificates"/>, or else the system's.</summary>
    /// <exception cref="InvalidOperationException">The file cannot be used.</exception>
    public static SslClientAuthenticationOptions ClientOptions(EgressOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.TrustedCertificates is not { } file)
        {
            return new SslClientAuthenticationOptions();
        }

        // Private authorities seldom publish revocation; a member is revoked at the authority of the space, not by its certificate.
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new InvalidOperationException($"Egress:TrustedCertificates: {file} cannot be read as certificates in PEM: {failure.Message}", failure);
        }

        return policy.CustomTrustStore.Count > 0
            ? new SslClientAuthenticationOptions { CertificateChainPolicy = policy }
            : throw new InvalidOperationException($"Egress:TrustedCertificates: {file} holds no certificate in PEM.");
    }
}
