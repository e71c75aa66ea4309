using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Tokens;

internal static class TokenEndpoints
{
    public static IServiceCollection AddTokens(this IServiceCollection services) => services
        .AddSingleton<TokenIssuer>()
        .AddSingleton<TokenService>();

    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        app.MapGet(AuthorityRoutes.OpenIdConfiguration, (TokenIssuer issuer) => TypedResults.Ok(DiscoveryDocument.Of(issuer.Issuer)));
        app.MapGet(AuthorityRoutes.Jwks, (TokenIssuer issuer) => TypedResults.Ok(issuer.Keys));
        app.MapPost(AuthorityRoutes.Token, IssueAsync).WithMetadata(OAuthError.Rendering);
    }

    private static async Task<Ok<TokenResponse>> IssueAsync(HttpContext context, TokenService service)
    {
        // RFC 6749 §5.1: no cache may keep a token.
        context.Response.Headers.CacheControl = "no-store";
        var request = await TokenRequest.ReadAsync(context.Request, context.RequestAborted);
        return TypedResults.Ok(await service.IssueAsync(request));
    }
}
