using System.Text.Json;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>The claims of a token that passed <see cref="JwtVerifier"/>.</summary>
public sealed class JwtClaims
{
    internal JwtClaims(JsonElement payload, string? audience, DateTimeOffset expiresAt)
    {
        Payload = payload;
        Audience = audience ?? "";
        ExpiresAt = expiresAt;
    }

    /// <summary>Who issued it.</summary>
    public string Issuer => Text("iss") ?? "";

    /// <summary>Whom it is about; empty when it does not say.</summary>
    public string Subject => Text("sub") ?? "";

    /// <summary>The audience that was expected and found; empty for a credential.</summary>
    public string Audience { get; }

    /// <summary>The token's own name, <c>jti</c>; empty when it has none and none was required.</summary>
    public string Id => Text("jti") ?? "";

    /// <summary>When it ends.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>All claims.</summary>
    public JsonElement Payload { get; }

    /// <summary>A claim that is a string; null when it is absent or something else.</summary>
    public string? Text(string name) =>
        Payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
