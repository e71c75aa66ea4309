using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>The answer of the token endpoint (RFC 6749 §5.1).</summary>
public sealed record TokenResponse
{
    /// <summary>The token.</summary>
    [JsonPropertyName("access_token")]
    public required string AccessToken { get; init; }

    /// <summary>How it is used: <c>Bearer</c>.</summary>
    [JsonPropertyName("token_type")]
    public string TokenType { get; init; } = "Bearer";

    /// <summary>How long it is valid, in seconds.</summary>
    [JsonPropertyName("expires_in")]
    public required long ExpiresIn { get; init; }

    /// <summary>Gets the next access token, once (RFC 6749 §6); null when there is none.</summary>
    [JsonPropertyName("refresh_token")]
    public string? RefreshToken { get; init; }

    /// <summary>Who signed in (OpenID Connect Core 1.0 §2); null when that was not asked for.</summary>
    [JsonPropertyName("id_token")]
    public string? IdToken { get; init; }

    /// <summary>What it allows.</summary>
    [JsonPropertyName("scope")]
    public string? Scope { get; init; }

    /// <summary>Tells lengths, never the token: a response may end up in a log.</summary>
    public override string ToString() => $"TokenResponse {{ {TokenType}, {AccessToken.Length} characters, expires in {ExpiresIn} s }}";
}
