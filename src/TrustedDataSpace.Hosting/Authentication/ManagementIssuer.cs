using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>
/// The management interface behind an OpenID provider: stock JwtBearer against <c>Management:Issuer</c>. Such a token may do what its
/// <c>scope</c> claim lists, and nothing else.
/// </summary>
internal static class ManagementIssuer
{
    public const string SchemeName = "management-issuer";

    /// <summary>Signatures of a key pair only: a secret that verifies could sign, too.</summary>
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256,
    ];

    public static void AddManagementIssuer(this IServiceCollection services, ManagementOptions management)
    {
        services.AddAuthentication().AddJwtBearer(SchemeName, _ => { });
        services.AddOptions<JwtBearerOptions>(SchemeName).Configure<TimeProvider, ServiceSettings>((options, clock, settings) =>
        {
            options.Trust(management.Issuer!, settings.Egress);
            options.TokenValidationParameters = new TokenValidationParameters
            {
                ValidAudience = management.Audience,

                // Providers call their access tokens both ways; an ID token has no scopes and opens nothing.
                ValidTypes = [TokenTypes.AccessToken, TokenTypes.Jwt],
                ValidAlgorithms = Algorithms,
                RequireExpirationTime = true,
                ClockSkew = JwtBearerRules.Leeway,
                LifetimeValidator = JwtBearerRules.Lifetime(clock),
            };
            options.Events = new JwtBearerEvents { OnTokenValidated = Narrow, OnChallenge = ChallengeAsync };
        });
    }

    /// <summary>Whether the token says that it comes from this issuer for this service. Nothing is proven: it only tells who is to check it.</summary>
    public static bool IsMeant(ManagementOptions management, string token)
    {
        if (management.Issuer is null || !new JsonWebTokenHandler().CanReadToken(token))
        {
            return false;
        }

        try
        {
            var read = new JsonWebToken(token);
            return read.Issuer.TrimEnd('/') == management.Issuer.TrimEnd('/') && read.Audiences.Contains(management.Audience);
        }
        catch (Exception failure) when (failure is ArgumentException or SecurityTokenException or FormatException)
        {
            return false;
        }
    }

    // What else the provider says about its user means nothing here.
    private static Task Narrow(TokenValidatedContext context)
    {
        var token = context.Principal!;
        var scopes = token.FindAll(ManagementScopes.Claim).SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var holder = ManagementScopes.Holder(token.FindFirst("sub")?.Value ?? "issuer", "issuer", scopes);
        if (token.FindFirst(ManagementScopes.ExpiryClaim) is { } expiry)
        {
            holder.AddClaim(new Claim(ManagementScopes.ExpiryClaim, expiry.Value));
        }

        context.Principal = new ClaimsPrincipal(holder);
        return Task.CompletedTask;
    }

    private static Task ChallengeAsync(JwtBearerChallengeContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        throw new RefusalException(
            RefusalCode.Unauthenticated,
            context.AuthenticateFailure is null ? "The management interface asks for a bearer token." : "The access token does not open the management interface: " + JwtBearerRules.Reason(context.AuthenticateFailure))
        {
            Where = "Authorization",
            Remedy = "get an access token from the issuer of Management:Issuer with Management:Audience as its audience, or use a management token (Management:Token)",
        };
    }
}
