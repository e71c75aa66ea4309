using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>
/// Access tokens of the space, checked by the stock JwtBearer handler against an issuer URL (discovery and JWKS): the authority's
/// own token endpoint, or any other OpenID provider in its place.
/// </summary>
public static class SpaceTokens
{
    /// <summary>Name of the scheme.</summary>
    public const string Scheme = "space";

    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(30);

    /// <summary>Adds the scheme. Issuer and audience are read at the first request, when the service knows its own address.</summary>
    public static IServiceCollection AddSpaceTokens(this IServiceCollection services, Func<IServiceProvider, SpaceTokenSource> source)
    {
        services.AddAuthentication().AddJwtBearer(Scheme, _ => { });
        services.AddOptions<JwtBearerOptions>(Scheme).Configure<IServiceProvider, TimeProvider, ServiceSettings>((options, provider, clock, settings) =>
        {
            var (issuer, audience) = source(provider);
            options.Authority = issuer;
            options.BackchannelHttpHandler = new SocketsHttpHandler { SslOptions = PeerTrust.ClientOptions(settings.Egress) };
            options.MapInboundClaims = false;
            options.RequireHttpsMetadata = !new Uri(issuer).IsLoopback;

            // A token signed by a key that was published a moment ago must not be refused for minutes.
            options.RefreshInterval = TimeSpan.FromSeconds(1);

            // Shorter than keys are published before they sign (Keys:PublishAhead): so such a token is rare.
            options.AutomaticRefreshInterval = TimeSpan.FromMinutes(5);
            options.TokenValidationParameters = new TokenValidationParameters
            {
                ValidIssuer = issuer,
                ValidAudience = audience,
                ValidTypes = [TokenTypes.AccessToken],
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                RequireExpirationTime = true,
                ClockSkew = Leeway,
                LifetimeValidator = (notBefore, expires, _, _) => IsAlive(notBefore, expires, clock.GetUtcNow().UtcDateTime),
            };
            options.Events = new JwtBearerEvents { OnChallenge = ChallengeAsync };
        });
        return services;
    }

    private static bool IsAlive(DateTime? notBefore, DateTime? expires, DateTime now) =>
        expires is { } end && end.Add(Leeway) > now && (notBefore is not { } start || start.Add(-Leeway) <= now);

    private static Task ChallengeAsync(JwtBearerChallengeContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        throw context.AuthenticateFailure as RefusalException ?? new RefusalException(
            RefusalCode.Unauthenticated,
            context.AuthenticateFailure is null ? "No access token of the space was sent." : "The access token is not valid here: " + Reason(context.AuthenticateFailure))
        {
            Where = "Authorization",
            Remedy = "ask the token endpoint of the space for a token with this participant as audience",
        };
    }

    private static string Reason(Exception failure) => failure switch
    {
        SecurityTokenInvalidAudienceException => "it was issued for another audience",
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException or SecurityTokenNotYetValidException => "it is expired or not yet valid",
        SecurityTokenInvalidIssuerException => "it comes from another issuer",
        SecurityTokenInvalidTypeException => "it is not an access token",
        _ => "its signature or form is wrong",
    };
}

/// <summary>Whom to trust for tokens, and what this service is called in them.</summary>
/// <param name="Issuer">Issuer URL with discovery.</param>
/// <param name="Audience">Expected audience.</param>
public sealed record SpaceTokenSource(string Issuer, string Audience);
