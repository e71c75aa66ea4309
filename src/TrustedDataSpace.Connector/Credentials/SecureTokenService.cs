using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// The secure token service (DCP §4.3, appendix): gives programs of this participant self-issued ID tokens for one receiver, with an access token inside
/// that lets it read what was asked for. The client is a named token of the management interface with the scope <c>credentials:write</c>: its name and its secret.
/// </summary>
internal static class SecureTokenService
{
    /// <summary>The scope that a client needs.</summary>
    public const string Scope = "credentials:write";

    private const string Grant = "client_credentials";

    public static async Task<Ok<StsToken>> GiveAsync(HttpRequest request, HttpResponse response, ManagementCredentials clients, AccessGrants grants, SelfIssuedSender sender)
    {
        if (!request.HasFormContentType)
        {
            throw new RefusalException(RefusalCode.UnsupportedMediaType, "The parameters are sent as application/x-www-form-urlencoded.") { Where = "body" };
        }

        var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
        string? One(string name) => form[name] is [{ Length: > 0 } value] ? value : null;
        if (One("client_id") is not { } client || One("client_secret") is not { } secret || !clients.IsNamed(client, secret, Scope))
        {
            throw new RefusalException(RefusalCode.Unauthenticated, "client_id and client_secret are those of no named token with the scope " + Scope + ".") { Where = "body" };
        }

        if (One("grant_type") != Grant)
        {
            throw new RefusalException(RefusalCode.Malformed, $"grant_type must be {Grant}.") { Where = "grant_type" };
        }

        var audience = Did.Parse(One("audience") ?? throw new RefusalException(RefusalCode.Malformed, "audience is missing: the DID of the receiver.") { Where = "audience" });
        var scopes = One("bearer_access_scope")?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var token = sender.Make(audience, scopes is null ? null : grants.Make(audience, scopes));

        // RFC 6749 §5.1.
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new StsToken(token, "Bearer", (int)SelfIssuedSender.Lifetime.TotalSeconds));
    }
}

/// <summary>The answer of the token service (RFC 6749 §5.1).</summary>
/// <param name="AccessToken">The self-issued ID token.</param>
/// <param name="TokenType"><c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds.</param>
internal sealed record StsToken(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] int ExpiresIn);
