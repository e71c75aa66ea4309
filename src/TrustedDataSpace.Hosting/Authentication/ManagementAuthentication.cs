using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Authenticates the management interface by the management token, or by a named one.</summary>
internal sealed class ManagementAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    ManagementToken token,
    NamedTokens named) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "management-token";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var failure = (await HandleAuthenticateOnceSafeAsync()).Failure;
        Response.Headers.WWWAuthenticate = "Bearer";
        throw new RefusalException(RefusalCode.Unauthenticated, failure?.Message ?? "The management interface asks for its bearer token.")
        {
            Where = "Authorization",
            Remedy = "send 'Authorization: Bearer TOKEN' with the token shown at the first start, or set Management:Token",
        };
    }

    private AuthenticateResult Authenticate()
    {
        if (BearerToken.Read(Request) is not { } given)
        {
            return AuthenticateResult.NoResult();
        }

        if (token.Matches(given))
        {
            return Success(ManagementScopes.Owner());
        }

        return named.Find(given) switch
        {
            null => AuthenticateResult.Fail("The management token is not the one of this service."),
            { HasEnded: true } ended => AuthenticateResult.Fail($"The management token '{ended.Name}' has ended."),
            var known => Success(ManagementScopes.Holder(known.Name, ManagementScopes.TokenKind, known.ScopeList, known.End)),
        };
    }

    private AuthenticateResult Success(ClaimsIdentity identity) =>
        AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
}
