using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Proofs that who sends a token holds the key it is bound to (DPoP, RFC 9449 §4.3), for tokens of the control plane.</summary>
public sealed class DpopProofs(ServiceAddress address, TimeProvider clock)
{
    /// <summary>Header and authentication scheme.</summary>
    public const string Name = "DPoP";

    /// <summary>The term of every refusal here.</summary>
    public const string Term = "dpop";

    /// <summary>How far <c>iat</c> may lie from our clock.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(60);

    private const int LongestId = 128;

    // Proofs that were used within the tolerance; one more is refused, not forgotten.
    private const int MostKept = 100_000;

    private readonly Lock gate = new();
    private readonly Dictionary<(string Key, string Id), long> used = [];

    // A proof made before this process started may have been used at the one before it, whose memory is gone.
    private readonly long since = clock.GetUtcNow().ToUnixTimeSeconds();
    private long swept;

    /// <summary>Verifies the one proof of a request, all but whether it was used before.</summary>
    /// <param name="request">The request.</param>
    /// <param name="accessToken">The token it goes with; null at the token endpoint.</param>
    /// <exception cref="RefusalException">Unauthenticated.</exception>
    public DpopProof Read(HttpRequest request, string? accessToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Headers[Name] is not [{ } text])
        {
            throw Refuse("the header DPoP must be given once");
        }

        PublicKey key;
        JsonElement claims;
        try
        {
            key = KeyOf(text);
            claims = ProtocolJson.Parse(Jws.VerifyWith(text, key, TokenTypes.Dpop));
        }
        catch (RefusalException bad)
        {
            throw Refuse(bad.Message, bad);
        }

        if (Text(claims, "htm") != request.Method)
        {
            throw Refuse("htm is not the method of the request");
        }

        if (Text(claims, "htu") != address.Url + request.Path.ToUriComponent())
        {
            throw Refuse("htu is not the address of the request without its query");
        }

        if (accessToken is not null && Text(claims, "ath") != Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken))))
        {
            throw Refuse("ath is not the hash of the access token");
        }

        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        if (claims.ValueKind != JsonValueKind.Object || !claims.TryGetProperty("iat", out var issued) || issued.ValueKind != JsonValueKind.Number || !issued.TryGetInt64(out var iat)
            || iat < since || iat < now - (long)Tolerance.TotalSeconds || iat > now + (long)Tolerance.TotalSeconds)
        {
            throw Refuse($"iat is missing, more than {Tolerance.TotalSeconds} seconds from the service's clock, or before it started");
        }

        return Text(claims, "jti") is { Length: > 0 and <= LongestId } id
            ? new DpopProof(key.Thumbprint, id, iat)
            : throw Refuse($"jti is missing or longer than {LongestId} characters");
    }

    /// <summary>Uses the proof up. Called once the rest of the request is proven, so that strangers fill no memory.</summary>
    /// <exception cref="RefusalException">Unauthenticated: it was used before.</exception>
    public void Use(DpopProof proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        lock (gate)
        {
            if (swept != now)
            {
                swept = now;
                foreach (var old in used.Where(entry => entry.Value < now).Select(entry => entry.Key).ToList())
                {
                    used.Remove(old);
                }
            }

            if (used.Count >= MostKept || !used.TryAdd((proof.Thumbprint, proof.Id), proof.IssuedAt + (long)Tolerance.TotalSeconds))
            {
                throw Refuse("jti was used before, or too many proofs are under way");
            }
        }
    }

    private static PublicKey KeyOf(string proof)
    {
        try
        {
            var header = ProtocolJson.Parse(Base64Url.DecodeFromChars(proof.AsSpan(0, Math.Max(proof.IndexOf('.', StringComparison.Ordinal), 0))));
            return header.ValueKind == JsonValueKind.Object && header.TryGetProperty("jwk", out var jwk) && jwk.ValueKind == JsonValueKind.Object
                ? PublicKey.FromJwk(ProtocolJson.Read<Jwk>(jwk) with { Kid = null })
                : throw Refuse("the header jwk is missing");
        }
        catch (Exception failure) when (failure is FormatException or JsonException)
        {
            throw Refuse("it is no signed text", failure);
        }
    }

    private static string? Text(JsonElement claims, string name) =>
        claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static RefusalException Refuse(string why, Exception? inner = null) => new(RefusalCode.Unauthenticated, $"The DPoP proof is refused: {why}.", inner)
    {
        Term = Term,
        Remedy = "make a new proof for each request (RFC 9449 §4.2)",
    };
}

/// <summary>A proof of possession that verified.</summary>
/// <param name="Thumbprint">Of the key (RFC 7638): <c>jkt</c>.</param>
/// <param name="Id">Its <c>jti</c>.</param>
/// <param name="IssuedAt">Its <c>iat</c>, Unix seconds.</param>
public sealed record DpopProof(string Thumbprint, string Id, long IssuedAt);
