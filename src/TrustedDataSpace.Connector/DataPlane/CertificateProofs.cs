using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// Proof by the certificate of the TLS connection (RFC 8705 §3): whoever shows it has proven in the handshake that its private key is there.
/// It is known by its hash alone, whoever has issued it, its holder too (§6.3); only its validity is looked at besides. What a header says
/// of a certificate is believed from nobody: behind a proxy that ends TLS there is none.
/// </summary>
internal sealed class CertificateProofs(TimeProvider clock)
{
    /// <summary>Where a token names the certificate (RFC 8705 §3.1), and the term of a refusal.</summary>
    public const string Member = "x5t#S256";

    private const string Challenge = "Bearer error=\"invalid_token\"";
    private const string Remedy = "call over TLS with the certificate over which the transfer was asked for";

    /// <summary>The certificate over which a request came, as tokens name it; null without one.</summary>
    /// <exception cref="RefusalException">Unauthenticated: it is not valid now.</exception>
    public string? Find(HttpContext context) => context.Connection.ClientCertificate is not { } certificate ? null
        : Expired(certificate) is { } refusal ? throw refusal
        : ThumbprintOf(certificate);

    /// <summary>Verifies that a request came over the certificate.</summary>
    /// <param name="context">The request.</param>
    /// <param name="thumbprint">The certificate that the token is bound to.</param>
    /// <exception cref="RefusalException">Unauthenticated: it came over another or over none, or the certificate is not valid now.</exception>
    public void Verify(HttpContext context, string thumbprint)
    {
        var refusal = context.Connection.ClientCertificate is not { } certificate
            ? ProofRequest.Refuse(Member, "the access token is bound to a client certificate, and the connection of the request has none", Remedy)
            : ThumbprintOf(certificate) != thumbprint ? ProofRequest.Refuse(Member, "the client certificate of the connection is not the one that the access token is bound to", Remedy)
            : Expired(certificate);
        if (refusal is not null)
        {
            context.Response.Headers.WWWAuthenticate = Challenge;
            throw refusal;
        }
    }

    /// <summary>SHA-256 of the certificate's DER form, in base64url.</summary>
    public static string ThumbprintOf(X509Certificate2 certificate) => Base64Url.EncodeToString(certificate.GetCertHash(HashAlgorithmName.SHA256));

    // At each request: a connection may outlive the certificate with which it began.
    private RefusalException? Expired(X509Certificate2 certificate)
    {
        var (from, to, now) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime(), clock.GetUtcNow().UtcDateTime);
        return now >= from && now <= to ? null
            : ProofRequest.Refuse("validity", $"the client certificate is valid from {from:u} to {to:u}, and it is {now:u}", "ask for another transfer over a certificate that is valid");
    }
}
