using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>
/// Credentials as signed texts. Data model 2.0: the credential is the payload, <c>typ</c> <c>vc+jwt</c> (VC-JOSE-COSE §3.1.1). Data model 1.1: it is the
/// <c>vc</c> claim of a JWT (VC 1.1 §6.3.1). ES256 only; the key is always named, by its place in the issuer's DID document.
/// </summary>
public static class CredentialJwt
{
    /// <summary>The longest credential accepted, in characters.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>How far the clocks of issuer and verifier may differ.</summary>
    public static TimeSpan Leeway { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Signs a credential.</summary>
    public static string Sign(CredentialContent content, CredentialProfile profile, SigningKey key)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(key);
        var credential = content.ToJson(profile);
        var v20 = profile == CredentialProfile.Vc20;
        var claims = v20 ? credential : new JsonObject { ["vc"] = credential };
        claims["iss"] = content.Issuer.Value;
        claims["sub"] = content.SubjectId;
        claims["jti"] = content.Id;
        claims["iat"] = content.ValidFrom.ToUnixTimeSeconds();
        claims["nbf"] = content.ValidFrom.ToUnixTimeSeconds();
        claims["exp"] = content.ValidUntil.ToUnixTimeSeconds();
        return SignedBy(claims, content.Issuer, key, v20 ? TokenTypes.Credential : TokenTypes.Jwt);
    }

    /// <summary>Verifies a credential: its form, who signed it and with which key, and that it is valid now. Its status and its schema are the caller's to check.</summary>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge; <see cref="RefusalException.Term"/> names header, claim or property. What the resolver throws.</exception>
    public static Task<VerifiableCredential> VerifyAsync(string jwt, KeyResolver keys, DateTimeOffset now, CancellationToken cancellation = default) =>
        VerifyAsync(jwt, keys, now, MaxLength, cancellation);

    /// <summary>The same for a credential that may have another length, in characters: a status list is one.</summary>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge; <see cref="RefusalException.Term"/> names header, claim or property. What the resolver throws.</exception>
    public static async Task<VerifiableCredential> VerifyAsync(string jwt, KeyResolver keys, DateTimeOffset now, int maxLength, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(jwt);
        ArgumentNullException.ThrowIfNull(keys);

        // What is read here is proven by the signature below, or refused.
        var payload = Payload(Jws.ReadUnverified(jwt, maxLength));
        var profile = payload.TryGetProperty("vc", out _) ? CredentialProfile.Vc11 : CredentialProfile.Vc20;
        var (kid, signer) = Signer(jwt, maxLength);
        var key = await keys(signer, kid, VerificationRelationship.AssertionMethod, cancellation);
        Jws.Verify(jwt, key, profile == CredentialProfile.Vc20 ? [TokenTypes.Credential] : [TokenTypes.Jwt, Jws.NoType], maxLength);

        var credential = Read(payload, profile);
        if (credential.Issuer != signer)
        {
            throw CredentialReader.Refuse("issuer", "it is not the one whose key signed");
        }

        RequireTimes(payload, now);
        credential.RequireValidAt(now, Leeway);
        return credential with { SignedText = jwt };
    }

    /// <summary>Reads a credential without any proof of who signed it: for a holder that looks at its own.</summary>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge; <see cref="RefusalException.Term"/> names what is wrong.</exception>
    public static VerifiableCredential ReadUnverified(string jwt)
    {
        var payload = Payload(Jws.ReadUnverified(jwt, MaxLength));
        return Read(payload, payload.TryGetProperty("vc", out _) ? CredentialProfile.Vc11 : CredentialProfile.Vc20);
    }

    internal static string SignedBy(JsonObject claims, Did signer, SigningKey key, string type) =>
        Jws.Sign(Encoding.UTF8.GetBytes(claims.ToJsonString(ProtocolJson.Options)), key, type, $"{signer.Value}#{key.Kid}");

    /// <summary>Whose key is named in the header.</summary>
    internal static (string Kid, Did Signer) Signer(string jwt, int maxLength)
    {
        var kid = Jws.KidOf(jwt, maxLength);
        var at = kid.IndexOf('#', StringComparison.Ordinal);
        return at > 0 && at < kid.Length - 1 && Did.TryParse(kid[..at], out var did)
            ? (kid, did)
            : throw CredentialReader.Refuse("kid", "it does not name a key of a did:web identifier in full (DID#fragment)");
    }

    internal static JsonElement Payload(byte[] bytes)
    {
        try
        {
            var payload = ProtocolJson.Parse(bytes);
            return payload.ValueKind == JsonValueKind.Object ? payload : throw CredentialReader.Refuse("payload", "it is no JSON object");
        }
        catch (RefusalException e) when (e.Code == RefusalCode.Malformed)
        {
            throw CredentialReader.Refuse("payload", e.Message, e);
        }
    }

    internal static void RequireTimes(JsonElement payload, DateTimeOffset now)
    {
        if (JwtVerifier.Time(payload, "iat") is { } issued && issued > now + Leeway)
        {
            throw CredentialReader.Refuse("iat", $"it was issued in the future ({issued:u}, it is {now:u})");
        }

        if (JwtVerifier.Time(payload, "nbf") is { } begins && begins > now + Leeway)
        {
            throw CredentialReader.Refuse("nbf", $"it is not valid before {begins:u}, it is {now:u}");
        }

        if (JwtVerifier.Time(payload, "exp") is { } ends && ends <= now - Leeway)
        {
            throw CredentialReader.Refuse("exp", $"it ended at {ends:u}, it is {now:u}");
        }
    }

    /// <summary>A registered claim that is a text; null when it is absent.</summary>
    internal static string? Claim(JsonElement payload, string name)
    {
        if (!payload.TryGetProperty(name, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw CredentialReader.Refuse(name, "it is no text");
    }

    private static VerifiableCredential Read(JsonElement payload, CredentialProfile profile)
    {
        // A presentation, or both data models at once: what such a text says would depend on who reads it (VC-JOSE-COSE §3.1.1).
        if (payload.TryGetProperty("vp", out _))
        {
            throw CredentialReader.Refuse("vp", "it is a presentation");
        }

        var (issuer, subject) = (Claim(payload, "iss"), Claim(payload, "sub"));
        VerifiableCredential credential;
        if (profile == CredentialProfile.Vc20)
        {
            credential = CredentialReader.Read(payload, profile, JwtDefaults.None);
            if (Claim(payload, "jti") is { } id && id != credential.Id)
            {
                throw CredentialReader.Refuse("jti", "it is not the id of the credential");
            }
        }
        else
        {
            // Some issuers give the token a name of its own: the jti is that of the credential only where it has none itself.
            var defaults = new JwtDefaults(Claim(payload, "jti"), issuer, subject, JwtVerifier.Time(payload, "nbf") ?? JwtVerifier.Time(payload, "iat"), JwtVerifier.Time(payload, "exp"));
            credential = CredentialReader.Read(payload.GetProperty("vc"), profile, defaults);
        }

        if (issuer is not null && issuer != credential.Issuer.Value)
        {
            throw CredentialReader.Refuse("iss", "it is not the issuer of the credential");
        }

        return subject is null || subject == credential.SubjectId ? credential : throw CredentialReader.Refuse("sub", "it is not the subject of the credential");
    }
}
