using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Tokens;

/// <summary>Discovery (RFC 8414, OpenID Connect Discovery 1.0 §3), as stock clients and token validators read it.</summary>
internal sealed record DiscoveryDocument(
    [property: JsonPropertyName("issuer")] string Issuer,
    [property: JsonPropertyName("authorization_endpoint")] string AuthorizationEndpoint,
    [property: JsonPropertyName("token_endpoint")] string TokenEndpoint,
    [property: JsonPropertyName("revocation_endpoint")] string RevocationEndpoint,
    [property: JsonPropertyName("jwks_uri")] string JwksUri)
{
    private static readonly string[] Methods = ["private_key_jwt", "client_secret_basic", "client_secret_post", "none"];

    [JsonPropertyName("grant_types_supported")]
    public IReadOnlyList<string> GrantTypes { get; } = ["client_credentials", "authorization_code", "refresh_token"];

    [JsonPropertyName("token_endpoint_auth_methods_supported")]
    public IReadOnlyList<string> AuthMethods { get; } = Methods;

    [JsonPropertyName("token_endpoint_auth_signing_alg_values_supported")]
    public IReadOnlyList<string> AuthAlgorithms { get; } = ["ES256"];

    [JsonPropertyName("revocation_endpoint_auth_methods_supported")]
    public IReadOnlyList<string> RevocationAuthMethods { get; } = Methods[1..];

    [JsonPropertyName("scopes_supported")]
    public IReadOnlyList<string> Scopes { get; } = [TokenIssuer.Scope, SignIn.SignInScopes.OpenId, SignIn.SignInScopes.Offline];

    [JsonPropertyName("response_types_supported")]
    public IReadOnlyList<string> ResponseTypes { get; } = ["code"];

    [JsonPropertyName("response_modes_supported")]
    public IReadOnlyList<string> ResponseModes { get; } = ["query"];

    [JsonPropertyName("code_challenge_methods_supported")]
    public IReadOnlyList<string> ChallengeMethods { get; } = ["S256"];

    [JsonPropertyName("dpop_signing_alg_values_supported")]
    public IReadOnlyList<string> DpopAlgorithms { get; } = ["ES256"];

    [JsonPropertyName("authorization_response_iss_parameter_supported")]
    public bool SendsIssuer { get; } = true;

    [JsonPropertyName("subject_types_supported")]
    public IReadOnlyList<string> SubjectTypes { get; } = ["public"];

    [JsonPropertyName("id_token_signing_alg_values_supported")]
    public IReadOnlyList<string> IdTokenAlgorithms { get; } = ["ES256"];

    public static DiscoveryDocument Of(string issuer) => new(
        issuer, issuer + OAuthRoutes.Authorize, issuer + AuthorityRoutes.Token, issuer + OAuthRoutes.Revoke, issuer + AuthorityRoutes.Jwks);
}
