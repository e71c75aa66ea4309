using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>
/// The authority's word, each second, on how far the standing of participants has changed: who was admitted, suspended, has left, moved, or has
/// another key. Whoever has followed up to <see cref="From"/> and hears this one knows that all else is as it was.
/// </summary>
/// <param name="From">The change up to which the reader must have followed; null: more has changed than is told, anything may be different.</param>
/// <param name="To">The last change.</param>
/// <param name="Changed">Whose standing changed after <paramref name="From"/>, up to <paramref name="To"/>: the state (<see cref="ParticipantStates"/>) by DID.</param>
public sealed record StandingEpoch(long? From, long To, IReadOnlyDictionary<string, string> Changed)
{
    /// <summary>When the authority signed it; of one that was read (<see cref="Verify"/>).</summary>
    public DateTimeOffset IssuedAt { get; private init; }

    /// <summary>Most changes that one epoch tells singly.</summary>
    public const int MostChanges = 1_000;

    /// <summary>How long an epoch counts: what is held back for longer is refused. Clocks may differ by half a minute beside that.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    /// <summary>Signs it.</summary>
    /// <param name="authority">DID of the authority.</param>
    /// <param name="space">Id of the space.</param>
    /// <param name="now">Whole seconds count.</param>
    /// <param name="key">The authority's key.</param>
    public string Sign(string authority, string space, DateTimeOffset now, SigningKey key) => Jwt.Sign(
        new JsonObject
        {
            ["iss"] = authority,
            ["sub"] = space,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
            ["from"] = From,
            ["to"] = To,
            ["changed"] = new JsonObject(Changed.Select(change => KeyValuePair.Create(change.Key, (JsonNode?)change.Value))),
        },
        key,
        TokenTypes.Standing);

    /// <summary>Reads one that the authority signed for that space.</summary>
    /// <exception cref="RefusalException">Unauthenticated; <see cref="RefusalException.Term"/> names the claim.</exception>
    public static StandingEpoch Verify(string jws, string authority, string space, IReadOnlyCollection<PublicKey> keys, DateTimeOffset now)
    {
        var claims = JwtVerifier.Verify(
            jws,
            new JwtExpectation { Type = TokenTypes.Standing, Issuer = authority, Subject = space, Audience = null, Keys = keys, MaxLifetime = Lifetime },
            now);
        try
        {
            var content = ProtocolJson.Read<Content>(claims.Payload);
            return content.To >= (content.From ?? 0) && content.Changed.Count <= MostChanges
                ? new StandingEpoch(content.From, content.To, content.Changed) { IssuedAt = DateTimeOffset.FromUnixTimeSeconds(content.Iat) }
                : throw new RefusalException(RefusalCode.Unauthenticated, "The standing is refused: it goes back, or tells more than it may.") { Term = "to" };
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Malformed)
        {
            throw new RefusalException(RefusalCode.Unauthenticated, $"The standing is refused, {refusal.Where ?? "payload"}: {refusal.Message}", refusal) { Term = refusal.Where ?? "payload" };
        }
    }

    private sealed record Content(long? From, long To, IReadOnlyDictionary<string, string> Changed, long Iat);
}
