using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Tokens;

/// <summary>Discovery (RFC 8414, OpenID Connect Discovery 1.0 §3), as stock clients and token validators read it.</summary>
internal sealed record DiscoveryDocument(
    [property: JsonPropertyName("issuer")] string Issuer,
    [property: JsonPropertyName("token_endpoint")] string TokenEndpoint,
    [property: JsonPropertyName("jwks_uri")] string JwksUri)
{
    [JsonPropertyName("grant_types_supported")]
    public IReadOnlyList<string> GrantTypes { get; } = ["client_credentials"];

    [JsonPropertyName("token_endpoint_auth_methods_supported")]
    public IReadOnlyList<string> AuthMethods { get; } = ["private_key_jwt"];

    [JsonPropertyName("token_endpoint_auth_signing_alg_values_supported")]
    public IReadOnlyList<string> AuthAlgorithms { get; } = ["ES256"];

    [JsonPropertyName("scopes_supported")]
    public IReadOnlyList<string> Scopes { get; } = [TokenIssuer.Scope];

    // Required by the specification, although there is no authorisation endpoint and nobody gets an ID token.
    [JsonPropertyName("response_types_supported")]
    public IReadOnlyList<string> ResponseTypes { get; } = [];

    [JsonPropertyName("subject_types_supported")]
    public IReadOnlyList<string> SubjectTypes { get; } = ["public"];

    [JsonPropertyName("id_token_signing_alg_values_supported")]
    public IReadOnlyList<string> IdTokenAlgorithms { get; } = ["ES256"];

    public static DiscoveryDocument Of(string issuer) => new(issuer, issuer + AuthorityRoutes.Token, issuer + AuthorityRoutes.Jwks);
}
