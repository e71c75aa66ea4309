using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Keys;

namespace TrustedDataSpace.Hosting.Tls;

/// <summary>
/// The certificate a service shows. Each handshake looks at the files: a renewed pair is taken over by the next connection, and no
/// file watcher can miss it (a mounted secret changes by a link two folders away). Connections that exist stay.
/// </summary>
internal sealed class ServerCertificate
{
    private readonly string certificateFile;
    private readonly string keyFile;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private (string Certificates, string Key) seen;
    private SslServerAuthenticationOptions current;

    /// <summary>Reads the pair.</summary>
    /// <exception cref="InvalidOperationException">There is no usable pair to start with.</exception>
    public ServerCertificate(string certificateFile, string keyFile, ILogger<ServerCertificate> logger)
    {
        this.certificateFile = certificateFile;
        this.keyFile = keyFile;
        this.logger = logger;
        try
        {
            seen = ReadFiles();
            current = Open(seen.Certificates, seen.Key);
        }
        catch (Exception failure) when (IsUnusable(failure))
        {
            throw new InvalidOperationException(
                $"The certificate {certificateFile} with the key {keyFile} (Listen:CertificateFile, Listen:KeyFile) cannot be used: {failure.Message}", failure);
        }
    }

    /// <summary>What a handshake that begins now shows.</summary>
    public SslServerAuthenticationOptions Current()
    {
        lock (gate)
        {
            try
            {
                TakeOver(ReadFiles());
            }
            catch (Exception failure) when (IsUnusable(failure))
            {
                // A file in the middle of its replacement: the next handshake looks again. Said once, for it may also stay so.
                if (seen != default)
                {
                    seen = default;
                    logger.KeptCertificate(certificateFile, failure.Message);
                }
            }

            return current;
        }
    }

    /// <summary>For Kestrel.</summary>
    /// <param name="asksForCertificate">Whether callers are asked for a certificate of their own, which they need not have.</param>
    public TlsHandshakeCallbackOptions HandshakeOptions(bool asksForCertificate = false) =>
        new() { OnConnection = _ => ValueTask.FromResult(asksForCertificate ? Asking(Current()) : Current()) };

    // The handshake proves that the caller has the private key. Whose certificate it is, and whether it counts, is for whoever binds something
    // to it by its hash (RFC 8705 §6.3). So where a chain leads does not count, and nothing is fetched for it: a stranger must not make us fetch what its certificate names.
#pragma warning disable CA5359 // It is the caller's certificate, not a server's.
    private static SslServerAuthenticationOptions Asking(SslServerAuthenticationOptions present) => new()
    {
        ServerCertificateContext = present.ServerCertificateContext,
        EnabledSslProtocols = present.EnabledSslProtocols,
        ApplicationProtocols = [.. present.ApplicationProtocols!],
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        },
    };
#pragma warning restore CA5359

    // Called with the gate held. Noted as seen before it is opened: a bad pair is tried, and complained of, once.
    private void TakeOver((string Certificates, string Key) found)
    {
        if (found == seen)
        {
            return;
        }

        seen = found;
        try
        {
            current = Open(found.Certificates, found.Key);
            logger.TookOverCertificate(certificateFile, current.ServerCertificateContext!.TargetCertificate.NotAfter);
        }
        catch (Exception failure) when (IsUnusable(failure))
        {
            logger.KeptCertificate(certificateFile, failure.Message);
        }
    }

    private (string Certificates, string Key) ReadFiles() => (File.ReadAllText(certificateFile), PrivateFile.ReadText(keyFile));

    // The certificate before is not disposed of: handshakes that began with it may still be under way.
    private static SslServerAuthenticationOptions Open(string certificates, string key)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificates);
        var certificate = X509Certificate2.CreateFromPem(certificates, key);
        return new SslServerAuthenticationOptions
        {
            // Offline: a start must not wait for the network to find an issuer that the file lacks.
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,

            // Kestrel would add them to what handshakes share, while others read it.
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        };
    }

    private static bool IsUnusable(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or InvalidOperationException;
}
