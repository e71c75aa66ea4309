using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Authenticates the management interface by its bearer token.</summary>
internal sealed class ManagementAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    ManagementToken token) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var given = BearerToken.Read(Request);
        if (given is null)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        if (!token.Matches(given))
        {
            return Task.FromResult(AuthenticateResult.Fail("The management token is not the one of this service."));
        }

        var identity = new ClaimsIdentity([new Claim("sub", "management")], Scheme.Name);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
    }

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
}
