using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>A public P-256 key as JSON Web Key (RFC 7517); it has no place for a private part.</summary>
public sealed record Jwk
{
    /// <summary>The key type: <c>EC</c>.</summary>
    public required string Kty { get; init; }

    /// <summary>The curve: <c>P-256</c>.</summary>
    public string? Crv { get; init; }

    /// <summary>The first coordinate, base64url.</summary>
    public string? X { get; init; }

    /// <summary>The second coordinate, base64url.</summary>
    public string? Y { get; init; }

    /// <summary>The name of the key; ours is its RFC 7638 thumbprint.</summary>
    public string? Kid { get; init; }

    /// <summary>What it is for: <c>sig</c>.</summary>
    public string? Use { get; init; }

    /// <summary>The algorithm: <c>ES256</c>.</summary>
    public string? Alg { get; init; }

    /// <summary>Present only where somebody publishes a private key by mistake: such a key is refused.</summary>
    [JsonInclude]
    [JsonPropertyName("d")]
    internal string? PrivatePart { get; init; }
}
