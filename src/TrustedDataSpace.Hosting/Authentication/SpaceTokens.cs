using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using TrustedDataSpace.Hosting.Configuration;
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

    /// <summary>Adds the scheme. Issuer and audience are read at the first request, when the service knows its own address.</summary>
    public static IServiceCollection AddSpaceTokens(this IServiceCollection services, Func<IServiceProvider, SpaceTokenSource> source)
    {
        services.AddAuthentication().AddJwtBearer(Scheme, _ => { });
        services.TrustPresentKeysOnly(Scheme);
        services.AddOptions<JwtBearerOptions>(Scheme).Configure<IServiceProvider, TimeProvider, ServiceSettings>((options, provider, clock, settings) =>
        {
            var (issuer, audience) = source(provider);
            options.Trust(issuer, settings.Egress);
            options.TokenHandlers.Clear();
            options.TokenHandlers.Add(new VerifiedTokens(clock) { MapInboundClaims = false });
            options.TokenValidationParameters = new TokenValidationParameters
            {
                ValidIssuer = issuer,
                ValidAudience = audience,
                ValidTypes = [TokenTypes.AccessToken],
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
                RequireExpirationTime = true,

                // A signature counts under the name of its key only.
                TryAllIssuerSigningKeys = false,
                ClockSkew = JwtBearerRules.Leeway,
                LifetimeValidator = JwtBearerRules.Lifetime(clock),
            };
            options.Events = new JwtBearerEvents { OnChallenge = ChallengeAsync };
        });
        return services;
    }

    private static Task ChallengeAsync(JwtBearerChallengeContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        throw context.AuthenticateFailure as RefusalException ?? new RefusalException(
            RefusalCode.Unauthenticated,
            context.AuthenticateFailure is null ? "No access token of the space was sent." : "The access token is not valid here: " + JwtBearerRules.Reason(context.AuthenticateFailure))
        {
            Where = "Authorization",
            Remedy = "ask the token endpoint of the space for a token with this participant as audience",
        };
    }
}

/// <summary>Whom to trust for tokens, and what this service is called in them.</summary>
/// <param name="Issuer">Issuer URL with discovery.</param>
/// <param name="Audience">Expected audience.</param>
public sealed record SpaceTokenSource(string Issuer, string Audience);
