using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Callers of DCP interfaces: a self-issued ID token as bearer token (DCP §4.3). What it says is in the features of the request from here on.</summary>
public class SelfIssuedScheme(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, SelfIssuedTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Name of the scheme, and of the authorisation policy that asks for it.</summary>
    public const string Name = "self-issued";

    /// <summary>Adds the scheme, the policy of the same name, and what they need.</summary>
    public static IServiceCollection Add(IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<UsedTokens>();
        services.AddSingleton<SelfIssuedTokens>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, SelfIssuedScheme>(Name, _ => { });
        services.AddAuthorizationBuilder().AddPolicy(Name, policy => policy.AddAuthenticationSchemes(Name).RequireAuthenticatedUser());
        return services;
    }

    /// <summary>The token of the request, verified.</summary>
    /// <exception cref="RefusalException">Unauthenticated: the endpoint was reached without one.</exception>
    public static SelfIssuedIdToken TokenOf(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<SelfIssuedIdToken>()
            ?? throw new RefusalException(RefusalCode.Unauthenticated, "No self-issued ID token stands behind this request.");
    }

    /// <summary>What else the sender of a verified token must prove.</summary>
    /// <exception cref="RefusalException">It does not.</exception>
    protected virtual Task AcceptAsync(SelfIssuedIdToken token, CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (BearerToken.Read(Request) is not { Length: > 0 } text)
        {
            return AuthenticateResult.NoResult();
        }

        try
        {
            var token = await tokens.VerifyAsync(text, Context.RequestAborted);
            await AcceptAsync(token, Context.RequestAborted);
            Context.Features.Set(token);
            var identity = new ClaimsIdentity([new Claim("sub", token.Issuer.Value)], Scheme.Name);
            return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
        }
        catch (RefusalException refusal)
        {
            Logger.SelfIssuedRefused(refusal.Message, refusal.InnerException?.Message);
            return AuthenticateResult.Fail(refusal);
        }
    }

    /// <inheritdoc/>
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        var refusal = (await HandleAuthenticateOnceSafeAsync()).Failure as RefusalException;
        throw new RefusalException(refusal?.Code ?? RefusalCode.Unauthenticated, refusal?.Message ?? "No self-issued ID token was sent.", refusal)
        {
            Term = refusal?.Term,
            Where = refusal?.Where ?? "Authorization",
            Remedy = refusal?.Remedy ?? "send Authorization: Bearer with a self-issued ID token for this participant (DCP §4.3)",
        };
    }
}
