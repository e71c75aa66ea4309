using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>
/// Presentations as signed texts: a holder shows credentials to one verifier, for a short time. Data model 2.0: <c>typ</c> <c>vp+jwt</c> with enveloped
/// credentials (VC-JOSE-COSE §3.1.2, §3.1.3); data model 1.1: the <c>vp</c> claim of a JWT.
/// </summary>
public static class PresentationJwt
{
    /// <summary>The longest presentation accepted, in characters.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>The type that every presentation has.</summary>
    public const string BaseType = "VerifiablePresentation";

    private const string EnvelopedType = "EnvelopedVerifiableCredential";
    private const string EnvelopePrefix = "data:application/vc+jwt,";

    /// <summary>Signs a presentation.</summary>
    public static string Sign(PresentationContent content, CredentialProfile profile, SigningKey key)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(key);
        var v20 = profile == CredentialProfile.Vc20;
        var presentation = new JsonObject
        {
            ["@context"] = new JsonArray(v20 ? CredentialReader.Context20 : CredentialReader.Context11),
            ["type"] = new JsonArray(BaseType),
            ["holder"] = content.Holder.Value,
            ["verifiableCredential"] = new JsonArray([.. content.Credentials.Select(jwt => v20 ? (JsonNode)Envelope(jwt) : JsonValue.Create(jwt))]),
        };
        var claims = v20 ? presentation : new JsonObject { ["vp"] = presentation };
        claims["iss"] = content.Holder.Value;
        claims["sub"] = content.Holder.Value;
        claims["aud"] = content.Audience.Value;
        claims["jti"] = content.Id;
        claims["iat"] = content.IssuedAt.ToUnixTimeSeconds();
        claims["nbf"] = content.IssuedAt.ToUnixTimeSeconds();
        claims["exp"] = content.ExpiresAt.ToUnixTimeSeconds();
        return CredentialJwt.SignedBy(claims, content.Holder, key, v20 ? TokenTypes.Presentation : TokenTypes.Jwt);
    }

    /// <summary>
    /// Verifies a presentation and every credential in it whose issuer is believed and whose issuer's keys can be had: made by that holder, for that
    /// verifier, valid now, and each credential about the holder itself. Whether its issuers are trusted, its status and its schema are the caller's to check; so is whether its <c>jti</c> was seen before.
    /// </summary>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge; <see cref="RefusalException.Term"/> names header, claim or property. What the resolver throws.</exception>
    public static async Task<VerifiablePresentation> VerifyAsync(
        string jwt, PresentationExpectation expected, KeyResolver keys, DateTimeOffset now, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(jwt);
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(keys);
        var payload = CredentialJwt.Payload(Jws.ReadUnverified(jwt, MaxLength));
        var profile = payload.TryGetProperty("vp", out var inner) ? CredentialProfile.Vc11 : CredentialProfile.Vc20;
        var v20 = profile == CredentialProfile.Vc20;
        var (kid, signer) = CredentialJwt.Signer(jwt, MaxLength);
        if (signer != expected.Holder)
        {
            throw Refuse("kid", "it is a key of somebody else than the one who presents");
        }

        var key = await keys(signer, kid, VerificationRelationship.Authentication, cancellation);
        Jws.Verify(jwt, key, v20 ? [TokenTypes.Presentation] : [TokenTypes.Jwt, Jws.NoType], MaxLength);

        var (id, expires) = ReadClaims(payload, expected, now);
        var credentials = new List<VerifiableCredential>();
        var texts = ReadPresentation(v20 ? payload : inner, profile, expected.Holder);
        foreach (var text in texts)
        {
            if (await ReadCredentialAsync(text, expected, keys, now, cancellation) is not { } credential)
            {
                continue;
            }

            if (credential.Profile != profile)
            {
                throw Refuse("verifiableCredential", "it mixes data models");
            }

            // Holder binding (DCP §5.4.3): somebody else's credential proves nothing about who shows it.
            if (credential.SubjectId != expected.Holder.Value)
            {
                throw Refuse("credentialSubject.id", "a credential is about somebody else than the holder");
            }

            credentials.Add(credential);
        }

        return new VerifiablePresentation(profile, signer, id, expires, credentials) { Texts = texts };
    }

    /// <returns>Null: of an issuer that is not believed, or of whose keys nobody can tell. It says nothing, and takes nothing from what others say.</returns>
    private static async Task<VerifiableCredential?> ReadCredentialAsync(
        string text, PresentationExpectation expected, KeyResolver keys, DateTimeOffset now, CancellationToken cancellation)
    {
        var (_, issuer) = CredentialJwt.Signer(text, CredentialJwt.MaxLength);
        if (!expected.Believes(issuer))
        {
            return null;
        }

        try
        {
            return await CredentialJwt.VerifyAsync(text, keys, now, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code is not (RefusalCode.Unauthenticated or RefusalCode.TooLarge))
        {
            return null;
        }
    }

    private static (string Id, DateTimeOffset ExpiresAt) ReadClaims(JsonElement payload, PresentationExpectation expected, DateTimeOffset now)
    {
        var holder = expected.Holder.Value;
        if ((CredentialJwt.Claim(payload, "iss") ?? throw Refuse("iss", "it is missing")) != holder)
        {
            throw Refuse("iss", "it is not the holder");
        }

        if (CredentialJwt.Claim(payload, "sub") is { } subject && subject != holder)
        {
            throw Refuse("sub", "it is not the holder");
        }

        var audiences = CredentialReader.Items(payload, "aud");
        if (!audiences.Any(audience => audience.ValueKind == JsonValueKind.String && audience.GetString() == expected.Audience.Value))
        {
            throw Refuse("aud", $"it must be \"{expected.Audience}\"");
        }

        if (CredentialJwt.Claim(payload, "jti") is not { Length: > 0 and <= 256 } id)
        {
            throw Refuse("jti", "it is missing, or longer than 256 characters");
        }

        var ends = JwtVerifier.Time(payload, "exp") ?? throw Refuse("exp", "it is missing");
        CredentialJwt.RequireTimes(payload, now);

        // By the latest moment at which it can have been made: who leaves iat out gains nothing.
        if (ends - expected.MaxLifetime > now + CredentialJwt.Leeway)
        {
            throw Refuse("exp", $"it is valid for longer than {expected.MaxLifetime}");
        }

        return (id, ends);
    }

    private static List<string> ReadPresentation(JsonElement presentation, CredentialProfile profile, Did holder)
    {
        if (presentation.ValueKind != JsonValueKind.Object)
        {
            throw Refuse("vp", "it is no object");
        }

        // Data model 1.1 is known by the claim "vp", and there are holders that leave the context out.
        CredentialReader.RequireContext(presentation, profile, required: profile == CredentialProfile.Vc20);
        if (!CredentialReader.Texts(presentation, "type").Contains(BaseType, StringComparer.Ordinal))
        {
            throw Refuse("type", $"it is no {BaseType}");
        }

        if (presentation.TryGetProperty("holder", out var named)
            && (named.ValueKind == JsonValueKind.Object ? CredentialReader.Text(named, "id") : named.ValueKind == JsonValueKind.String ? named.GetString() : null) != holder.Value)
        {
            throw Refuse("holder", "it is not the one who presents");
        }

        return [.. CredentialReader.Items(presentation, "verifiableCredential").Select(item => profile == CredentialProfile.Vc20 ? Unwrap(item) : Plain(item))];
    }

    private static JsonObject Envelope(string jwt) => new()
    {
        ["@context"] = CredentialReader.Context20,
        ["id"] = EnvelopePrefix + jwt,
        ["type"] = EnvelopedType,
    };

    private static string Unwrap(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object
        && CredentialReader.Texts(item, "type").Contains(EnvelopedType, StringComparer.Ordinal)
        && CredentialReader.Text(item, "id") is { } id
        && id.StartsWith(EnvelopePrefix, StringComparison.Ordinal)
            ? id[EnvelopePrefix.Length..]
            : throw Refuse("verifiableCredential", $"an entry is no {EnvelopedType} of application/vc+jwt");

    private static string Plain(JsonElement item) =>
        item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Refuse("verifiableCredential", "an entry is no signed text");

    private static RefusalException Refuse(string term, string why) =>
        new(RefusalCode.Unauthenticated, $"The presentation is refused, {term}: {why}.") { Term = term, Remedy = "Present again, for this verifier, with your own credentials." };
}

/// <summary>A presentation that is to be made.</summary>
public sealed record PresentationContent
{
    /// <summary>Who presents.</summary>
    public required Did Holder { get; init; }

    /// <summary>For whom alone.</summary>
    public required Did Audience { get; init; }

    /// <summary>Its name, once (<c>jti</c>).</summary>
    public required string Id { get; init; }

    /// <summary>When it is made; whole seconds.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>When it ends; whole seconds.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The credentials, signed, all of the profile of the presentation.</summary>
    public required IReadOnlyList<string> Credentials { get; init; }
}

/// <summary>What a presentation must be. There is no way to leave a check out.</summary>
public sealed record PresentationExpectation
{
    /// <summary>Who must have made it.</summary>
    public required Did Holder { get; init; }

    /// <summary>For whom it must be: the verifier.</summary>
    public required Did Audience { get; init; }

    /// <summary>Whose credentials are looked at. Those of others are left out, and no key is asked for on their account. Default: everybody's.</summary>
    public Func<Did, bool> Believes { get; init; } = _ => true;

    /// <summary>The longest time from now to its end.</summary>
    public TimeSpan MaxLifetime { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>A presentation that was verified.</summary>
/// <param name="Profile">Its profile, and that of every credential in it.</param>
/// <param name="Holder">Who made it, and whom every credential in it is about.</param>
/// <param name="Id">Its name (<c>jti</c>).</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="Credentials">The credentials that were not left out, verified but for status, schema and trust in the issuer; may be empty.</param>
public sealed record VerifiablePresentation(CredentialProfile Profile, Did Holder, string Id, DateTimeOffset ExpiresAt, IReadOnlyList<VerifiableCredential> Credentials)
{
    /// <summary>All that was shown, as it was signed, with what was left out: of that nothing is verified but that the holder shows it.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];
}
