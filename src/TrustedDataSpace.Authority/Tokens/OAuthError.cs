using System.Text.Json.Serialization;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Tokens;

/// <summary>The error document of the token endpoint (RFC 6749 §5.2).</summary>
internal sealed record OAuthError(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("error_description")] string Description)
{
    /// <summary>The term of what is <c>unsupported_token_type</c> (RFC 7009 §2.2.1).</summary>
    public const string TokenTypeTerm = "token_type";

    /// <summary>Renders refusals at the token endpoint.</summary>
    public static RefusalRendering Rendering { get; } = new((_, refusal) =>
    {
        var (status, error) = CodeOf(refusal);
        return (status, new OAuthError(error, Printable(refusal.Message)));
    });

    private static (int Status, string Error) CodeOf(RefusalException refusal) => (refusal.Code, refusal.Term) switch
    {
        (RefusalCode.Unauthenticated, Hosting.Authentication.DpopProofs.Term) => (400, "invalid_dpop_proof"),
        (RefusalCode.Forbidden, SignIn.TokenGrants.GrantTerm) => (400, "invalid_grant"),
        (RefusalCode.Unsupported, TokenTypeTerm) => (400, "unsupported_token_type"),
        (RefusalCode.Unauthenticated, _) => (401, "invalid_client"),
        (RefusalCode.Forbidden, _) => (400, "unauthorized_client"),
        (RefusalCode.NotFound, _) => (400, "invalid_target"),
        (RefusalCode.Unsupported, "grant_type") => (400, "unsupported_grant_type"),
        (RefusalCode.Unsupported, "scope") => (400, "invalid_scope"),
        (RefusalCode.Internal, _) => (500, "server_error"),
        (RefusalCode.Unavailable, _) => (503, "temporarily_unavailable"),
        _ => (400, "invalid_request"),
    };

    // The description may hold printable ASCII without quotes and backslashes only (RFC 6749 §5.2).
    private static string Printable(string text) =>
        string.Concat(text.Select(c => c switch { '"' or '\\' => '\'', >= ' ' and <= '~' => c, _ => '?' }));
}
