using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TrustedDataSpace.Testing;

/// <summary>A root, an authority below it, and the certificates that it issues for loopback.</summary>
public sealed class TestCertificates : IDisposable
{
    private readonly ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 root;
    private readonly X509Certificate2 issuer;
    private readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();

    public TestCertificates()
    {
        root = Authority("root", rootKey).CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        using var signed = Authority("issuer", issuerKey).Create(root, now.AddDays(-1), now.AddDays(2), Serial());
        issuer = signed.CopyWithPrivateKey(issuerKey);
    }

    /// <summary>What those trust who call.</summary>
    public string RootPem => root.ExportCertificatePem();

    /// <summary>Writes a new certificate with its issuer, and its key with mode 0600.</summary>
    /// <returns>The thumbprint.</returns>
    public string Issue(string certificateFile, string keyFile, string name = "localhost")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name == "localhost")
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(issuer, now.AddDays(-1), now.AddDays(1), Serial());
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem() + "\n" + issuer.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return certificate.Thumbprint;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        root.Dispose();
        issuer.Dispose();
        rootKey.Dispose();
        issuerKey.Dispose();
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN=test {name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request;
    }

    private static byte[] Serial() => RandomNumberGenerator.GetBytes(8);
}
