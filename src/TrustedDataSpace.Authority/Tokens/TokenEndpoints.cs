using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.SignIn;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

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

    private static async Task<Ok<TokenResponse>> IssueAsync(HttpContext context, TokenService participants, TokenGrants grants, ClientService clients, DpopProofs proofs)
    {
        // RFC 6749 §5.1: no cache may keep a token.
        context.Response.Headers.CacheControl = "no-store";
        var form = await OAuthForm.ReadAsync(context.Request, context.RequestAborted);
        var grant = form.Required("grant_type");

        // A participant of the space signs its assertion; people and their programs come with codes and secrets.
        if (grant == "client_credentials" && !IsByBasic(context.Request) && form.Optional("client_secret") is null)
        {
            return TypedResults.Ok(await participants.IssueAsync(TokenRequest.From(form)));
        }

        Func<ClientRow, OAuthForm, DpopProof?, Task<TokenResponse>> work = grant switch
        {
            "authorization_code" => grants.ExchangeAsync,
            "refresh_token" => grants.RefreshAsync,
            "client_credentials" => (client, asked, proof) => Task.FromResult(grants.ForMachine(client, asked, proof)),
            _ => throw new RefusalException(RefusalCode.Unsupported, "The grant types are authorization_code, refresh_token and client_credentials.") { Term = "grant_type" },
        };
        var client = ClientAuthentication.Require(context, form, clients);
        var proof = context.Request.Headers.ContainsKey(DpopProofs.Name) ? proofs.Read(context.Request, accessToken: null) : null;
        var answer = await work(client, form, proof);
        if (proof is not null)
        {
            proofs.Use(proof);
        }

        return TypedResults.Ok(answer);
    }

    private static bool IsByBasic(HttpRequest request) => request.Headers.Authorization.Count > 0;
}
