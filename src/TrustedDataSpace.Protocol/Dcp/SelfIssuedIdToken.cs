using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>
/// A self-issued ID token (DCP §4.3): somebody's own word, by a key of its DID document, that it speaks to one receiver now. It may carry an access token
/// with which the receiver can ask the sender's Credential Service for presentations.
/// </summary>
public sealed record SelfIssuedIdToken
{
    /// <summary>How long a token may be valid at most. Receivers remember each <c>jti</c> for that long.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(10);

    /// <summary>How far the clocks of sender and receiver may differ.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(30);

    /// <summary>What the signing key must be named for in the sender's DID document (DCP §4.3.3).</summary>
    public const VerificationRelationship KeyUse = VerificationRelationship.CapabilityInvocation;

    private const int MaxIdLength = 256;
    private const int MaxAccessTokenLength = 8 * 1024;

    // The claims that make a JWT a credential or a presentation of data model 1.1.
    private static readonly string[] OtherJwts = ["vc", "vp"];

    /// <summary>Who sent it: <c>iss</c> and <c>sub</c>.</summary>
    public required Did Issuer { get; init; }

    /// <summary>Whom it is for: <c>aud</c>.</summary>
    public required Did Audience { get; init; }

    /// <summary>Its name, <c>jti</c>: for refusing it the second time.</summary>
    public required string Id { get; init; }

    /// <summary>When it was made, <c>iat</c>; whole seconds.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>When it ends, <c>exp</c>; whole seconds.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The access token for the sender's Credential Service, <c>token</c>: opaque to all but the sender. Null when nothing is presented.</summary>
    public string? AccessToken { get; init; }

    /// <summary>The code by which a request for credentials was authorised beforehand; null when there is none.</summary>
    public string? PreAuthorizedCode { get; init; }

    /// <summary>Signs the token.</summary>
    /// <param name="key">A key of <see cref="Issuer"/> that its DID document names for <see cref="KeyUse"/> under its thumbprint.</param>
    public string Sign(SigningKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var claims = new JsonObject
        {
            ["iss"] = Issuer.Value,
            ["sub"] = Issuer.Value,
            ["aud"] = Audience.Value,
            ["jti"] = Id,
            ["iat"] = IssuedAt.ToUnixTimeSeconds(),
            ["nbf"] = IssuedAt.ToUnixTimeSeconds(),
            ["exp"] = ExpiresAt.ToUnixTimeSeconds(),
        };
        if (AccessToken is not null)
        {
            claims[DcpConstants.TokenClaim] = AccessToken;
        }

        if (PreAuthorizedCode is not null)
        {
            claims[DcpConstants.PreAuthorizedCodeClaim] = PreAuthorizedCode;
        }

        return Jws.Sign(Encoding.UTF8.GetBytes(claims.ToJsonString(ProtocolJson.Options)), key, TokenTypes.Jwt, $"{Issuer.Value}#{key.Kid}");
    }

    /// <summary>Verifies a token, all but whether its <see cref="Id"/> was seen before.</summary>
    /// <param name="compact">The token.</param>
    /// <param name="audience">Who it must be for: the receiver.</param>
    /// <param name="keys">Finds the sender's key. Asked with an empty name for a token that names none: then it must give the document's only method, or refuse.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Ends the wait for the sender's DID document.</param>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge; <see cref="RefusalException.Term"/> names header or claim. What the resolver throws.</exception>
    public static async Task<SelfIssuedIdToken> VerifyAsync(string compact, Did audience, KeyResolver keys, DateTimeOffset now, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(compact);
        ArgumentNullException.ThrowIfNull(keys);

        // What is read here is proven by the signature below, or refused. Nobody is asked for a key before all that can be told without it is right.
        var payload = Jws.ReadUnverified(compact);
        var claims = Parse(payload);
        if (!Did.TryParse(Text(claims, "iss"), out var issuer))
        {
            throw Refuse("iss", "it is no did:web identifier");
        }

        var expectation = new JwtExpectation
        {
            Type = TokenTypes.Jwt,
            Issuer = issuer.Value,
            Subject = issuer.Value,
            Audience = audience.Value,
            Keys = [],
            RequireJti = true,
            Leeway = Leeway,
            MaxLifetime = MaxLifetime,
        };
        var token = Read(JwtVerifier.Check(payload, expectation, now), issuer, audience);

        var kid = Jws.KidOf(compact);
        if (kid.Length > 0 && !(kid.StartsWith(issuer.Value + "#", StringComparison.Ordinal) && kid.Length > issuer.Value.Length + 1))
        {
            throw Refuse("kid", "it must name a key of the issuer, DID#fragment");
        }

        var key = await keys(issuer, kid, KeyUse, cancellation);
        if (kid.Length > 0)
        {
            Jws.Verify(compact, key, [TokenTypes.Jwt]);
        }
        else
        {
            Jws.VerifyWith(compact, key, TokenTypes.Jwt);
        }

        return token;
    }

    private static SelfIssuedIdToken Read(JwtClaims claims, Did issuer, Did audience)
    {
        // Meant for several, one of them could show it to the next in the sender's name.
        if (claims.Payload.GetProperty("aud") is { ValueKind: JsonValueKind.Array } several && several.GetArrayLength() != 1)
        {
            throw Refuse("aud", "it must name the receiver alone");
        }

        if (claims.Id.Length > MaxIdLength)
        {
            throw Refuse("jti", $"it is longer than {MaxIdLength} characters");
        }

        // Credentials and presentations of data model 1.1 are of the same type: none of them is somebody's word that it speaks now.
        if (OtherJwts.FirstOrDefault(name => claims.Payload.TryGetProperty(name, out _)) is { } other)
        {
            throw Refuse(other, "a credential or presentation is no ID token");
        }

        return new SelfIssuedIdToken
        {
            Issuer = issuer,
            Audience = audience,
            Id = claims.Id,
            IssuedAt = DateTimeOffset.UnixEpoch.AddSeconds(claims.Payload.GetProperty("iat").GetDouble()),
            ExpiresAt = claims.ExpiresAt,
            AccessToken = OptionalText(claims.Payload, DcpConstants.TokenClaim),
            PreAuthorizedCode = OptionalText(claims.Payload, DcpConstants.PreAuthorizedCodeClaim),
        };
    }

    private static JsonElement Parse(byte[] payload)
    {
        try
        {
            return ProtocolJson.Parse(payload);
        }
        catch (RefusalException e)
        {
            throw Refuse("payload", e.Message, e);
        }
    }

    private static string? Text(JsonElement claims, string name) =>
        claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? OptionalText(JsonElement claims, string name)
    {
        if (!claims.TryGetProperty(name, out _))
        {
            return null;
        }

        return Text(claims, name) is { Length: > 0 and <= MaxAccessTokenLength } text
            ? text
            : throw Refuse(name, $"it must be a text of 1 to {MaxAccessTokenLength} characters");
    }

    private static RefusalException Refuse(string claim, string why, Exception? inner = null) =>
        new(RefusalCode.Unauthenticated, $"The self-issued ID token is refused, {claim}: {why}.", inner)
        {
            Term = claim,
            Remedy = "make a new token for this receiver, as DCP §4.3 asks",
        };
}
