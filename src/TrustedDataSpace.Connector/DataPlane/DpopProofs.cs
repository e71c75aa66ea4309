using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// Proofs by the consumer's own key (DPoP, RFC 9449 §4.3), for connectors that know no flow keys. Dearer than a signature with a flow key: an
/// ES256 verification per request.
/// </summary>
internal sealed class DpopProofs(ServiceAddress address, TimeProvider clock)
{
    /// <summary>What is asked for (RFC 9449 §7.1).</summary>
    public const string Challenge = "DPoP algs=\"ES256\"";

    private const string Header = "DPoP";
    private const int LongestId = 256;

    // A proof made before this process started may have been used at the one before it, whose memory is gone.
    private readonly long since = clock.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Verifies the proof of a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="target">Its target.</param>
    /// <param name="state">What is known of its flow.</param>
    /// <param name="thumbprint">Of the key that the token is bound to.</param>
    /// <param name="token">The token.</param>
    /// <exception cref="RefusalException">Unauthenticated: names the claim.</exception>
    public void Verify(HttpContext context, CanonicalTarget target, ProofState state, string thumbprint, ReadOnlySpan<char> token)
    {
        var refusal = Problem(context.Request, target, state, thumbprint, token);
        if (refusal is not null)
        {
            context.Response.Headers.WWWAuthenticate = Challenge + ", error=\"invalid_dpop_proof\"";
            throw refusal;
        }
    }

    private RefusalException? Problem(HttpRequest request, CanonicalTarget target, ProofState state, string thumbprint, ReadOnlySpan<char> token)
    {
        var proofs = request.Headers[Header];
        if (proofs is not [{ } proof])
        {
            return Refuse("dpop", "the header DPoP must be given once");
        }

        JsonElement claims;
        try
        {
            var key = KeyOf(proof);
            if (key.Thumbprint != thumbprint)
            {
                return Refuse("jwk", "it is not the key that the access token is bound to");
            }

            claims = ProtocolJson.Parse(Jws.VerifyWith(proof, key, TokenTypes.Dpop));
        }
        catch (RefusalException bad)
        {
            return Refuse(bad.Term ?? "dpop", bad.Message);
        }

        if (Text(claims, "htm") != request.Method)
        {
            return Refuse("htm", "it is not the method of the request");
        }

        if (!target.IsVerbatim || Text(claims, "htu") != string.Concat(address.Url, target.RawPath))
        {
            return Refuse("htu", "it is not the address of the request without its query, as the start message has it");
        }

        if (Text(claims, "ath") != Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(token.ToString()))))
        {
            return Refuse("ath", "it is not the hash of the access token");
        }

        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        if (!claims.TryGetProperty("iat", out var issued) || issued.ValueKind != JsonValueKind.Number || !issued.TryGetInt64(out var iat)
            || Math.Abs(now - iat) > ProofOfPossession.ToleranceSeconds || iat < since)
        {
            return Refuse("iat", string.Create(CultureInfo.InvariantCulture, $"it lies more than {ProofOfPossession.ToleranceSeconds} seconds from {now}, or before this connector started at {since}"));
        }

        return Text(claims, "jti") is not { Length: > 0 and <= LongestId } id ? Refuse("jti", "it is missing or too long")
            : state.Proofs.Take(id, iat, now) ? null
            : Refuse("jti", "it was used before, or too many were used within two minutes");
    }

    private static PublicKey KeyOf(string proof)
    {
        var point = proof.IndexOf('.', StringComparison.Ordinal);
        try
        {
            var header = ProtocolJson.Parse(Base64Url.DecodeFromChars(proof.AsSpan(0, Math.Max(point, 0))));
            return header.ValueKind == JsonValueKind.Object && header.TryGetProperty("jwk", out var jwk) && jwk.ValueKind == JsonValueKind.Object
                ? PublicKey.FromJwk(ProtocolJson.Read<Jwk>(jwk) with { Kid = null })
                : throw Refuse("jwk", "it is missing");
        }
        catch (FormatException)
        {
            throw Refuse("dpop", "it is no signed text");
        }
    }

    private static string? Text(JsonElement claims, string name) =>
        claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static RefusalException Refuse(string term, string why) => ProofRequest.Refuse(term, why, "make a new proof for each request (RFC 9449 §4.2)");
}
