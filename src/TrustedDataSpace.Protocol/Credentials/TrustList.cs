using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>
/// Which issuers are believed for which credential types in a space: the authority's signed word, a JWS of <c>typ</c> <c>trust-list+jwt</c>. Versions only go up, so
/// that nobody can bring back an issuer that was struck off by showing an older list.
/// </summary>
public sealed record TrustList
{
    /// <summary>The media type under which it is published.</summary>
    public const string MediaType = "application/jose";

    /// <summary>The longest list accepted, in characters.</summary>
    public const int MaxLength = 256 * 1024;

    private const int MaxIssuers = 1_000;
    private const int MaxTypes = 100;
    private const int MaxClaims = 500;

    /// <summary>The space.</summary>
    public required string Space { get; init; }

    /// <summary>The authority of the space.</summary>
    public required Did Authority { get; init; }

    /// <summary>Its number; the first is 1.</summary>
    public required long Version { get; init; }

    /// <summary>When it was signed; whole seconds.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>Until when it counts; whole seconds.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The issuers, each once.</summary>
    public required IReadOnlyList<TrustedIssuer> Issuers { get; init; }

    /// <summary>Whether the issuer is believed for that type.</summary>
    public bool Trusts(Did issuer, string type) => Issuers.Any(one => one.Issuer == issuer && one.Types.Contains(type, StringComparer.Ordinal));

    /// <summary>Whether the issuer of the credential is believed for everything that the credential says it is.</summary>
    public bool Trusts(VerifiableCredential credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        var types = credential.Types.Where(type => type != VerifiableCredential.BaseType).ToList();
        return types.Count > 0 && types.TrueForAll(type => Trusts(credential.Issuer, type));
    }

    /// <summary>Refuses to go back: a list that is older than the one already known, or another of the same number.</summary>
    /// <exception cref="RefusalException">Conflict.</exception>
    public void RequireAfter(TrustList? known)
    {
        if (known is not null && (Version < known.Version || (Version == known.Version && !SameIssuers(known))))
        {
            throw new RefusalException(RefusalCode.Conflict, $"The trust list is refused: version {Version} comes after version {known.Version}.") { Term = "version", Remedy = "Keep the list that is known, and ask the operator of the space." };
        }
    }

    /// <summary>Signs the list with the authority's key.</summary>
    public string Sign(SigningKey key) => Jwt.Sign(
        new JsonObject
        {
            ["iss"] = Authority.Value,
            ["sub"] = Space,
            ["iat"] = IssuedAt.ToUnixTimeSeconds(),
            ["exp"] = ExpiresAt.ToUnixTimeSeconds(),
            ["version"] = Version,
            ["issuers"] = JsonSerializer.SerializeToNode(Issuers, ProtocolJson.Options),
        },
        key,
        TokenTypes.TrustList);

    /// <summary>Verifies a list.</summary>
    /// <param name="jws">The list.</param>
    /// <param name="authority">Who must have signed it.</param>
    /// <param name="space">Which space it must be of.</param>
    /// <param name="keys">The authority's keys.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="RefusalException">Unauthenticated or TooLarge; <see cref="RefusalException.Term"/> names header or claim.</exception>
    public static TrustList Verify(string jws, Did authority, string space, IReadOnlyCollection<PublicKey> keys, DateTimeOffset now)
    {
        var payload = Jws.Verify(jws, keys, TokenTypes.TrustList, MaxLength);
        var claims = JwtVerifier.Check(
            payload, new JwtExpectation { Type = TokenTypes.TrustList, Issuer = authority.Value, Subject = space, Audience = null, Keys = keys }, now);
        var content = Read(claims);
        if (content.Version < 1)
        {
            throw Refuse("version", "it is no number from 1");
        }

        if (content.Issuers.Count > MaxIssuers || content.Issuers.Any(one => one.Types.Count > MaxTypes || one.Claims.Count > MaxClaims) || content.Issuers.DistinctBy(one => one.Issuer).Count() != content.Issuers.Count)
        {
            throw Refuse("issuers", $"there are more than {MaxIssuers} with {MaxTypes} types and {MaxClaims} claims each, or one stands there twice");
        }

        return new TrustList
        {
            Space = space,
            Authority = authority,
            Version = content.Version,
            IssuedAt = DateTimeOffset.UnixEpoch.AddSeconds(claims.Payload.GetProperty("iat").GetDouble()),
            ExpiresAt = claims.ExpiresAt,
            Issuers = content.Issuers,
        };
    }

    private bool SameIssuers(TrustList other) => ProtocolJson.Write(Issuers).AsSpan().SequenceEqual(ProtocolJson.Write(other.Issuers));

    private static Content Read(JwtClaims claims)
    {
        try
        {
            return ProtocolJson.Read<Content>(claims.Payload);
        }
        catch (RefusalException e)
        {
            throw Refuse(e.Where ?? "payload", e.Message, e);
        }
    }

    private static RefusalException Refuse(string claim, string why, Exception? inner = null) =>
        new(RefusalCode.Unauthenticated, $"The trust list is refused, {claim}: {why}.", inner) { Term = claim };

    private sealed record Content(long Version, IReadOnlyList<TrustedIssuer> Issuers);
}

/// <summary>An issuer that is believed.</summary>
/// <param name="Issuer">Its DID.</param>
/// <param name="Types">For which types.</param>
public sealed record TrustedIssuer(Did Issuer, IReadOnlyList<string> Types)
{
    /// <summary>For which claims, whatever else it writes. Without meaning for the authority, which is believed for all.</summary>
    public IReadOnlyList<string> Claims { get; init; } = [];
}
