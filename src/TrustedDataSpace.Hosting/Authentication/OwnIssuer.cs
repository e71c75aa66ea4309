using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>A service whose management interface takes tokens that it issues itself: the same checks, without calling itself for the keys.</summary>
/// <param name="Issuer">Issuer URL in its tokens.</param>
/// <param name="Audience">Audience of the tokens for its management interface.</param>
/// <param name="Keys">The keys by which its tokens are accepted now.</param>
/// <param name="StillCounts">Whether what the token came from was not revoked since.</param>
public sealed record OwnIssuer(string Issuer, string Audience, Func<IEnumerable<SecurityKey>> Keys, Func<ClaimsPrincipal, bool> StillCounts)
{
    internal const string SchemeName = "management-own";

    /// <summary>The claim with the roles in our own tokens (RFC 9068 §2.2.3.1).</summary>
    public const string RolesClaim = "roles";
}

/// <summary>Registers <see cref="OwnIssuer"/>.</summary>
public static class OwnIssuerRegistration
{
    /// <summary>Takes the service's own tokens at its management interface. Issuer and audience are read at the first request.</summary>
    public static IServiceCollection AddOwnIssuer(this IServiceCollection services, Func<IServiceProvider, OwnIssuer> source)
    {
        services.AddSingleton(source);
        services.AddAuthentication().AddJwtBearer(OwnIssuer.SchemeName, _ => { });
        services.AddOptions<JwtBearerOptions>(OwnIssuer.SchemeName).Configure<OwnIssuer, TimeProvider>((options, own, clock) =>
        {
            options.MapInboundClaims = false;
            options.Configuration = new OpenIdConnectConfiguration { Issuer = own.Issuer };
            options.TokenValidationParameters = ManagementIssuer.Expected(own.Audience, clock);
            options.TokenValidationParameters.ValidTypes = [Protocol.Identity.TokenTypes.AccessToken];
            options.TokenValidationParameters.ValidIssuer = own.Issuer;
            options.TokenValidationParameters.IssuerSigningKeyResolver = (_, _, kid, _) => own.Keys().Where(key => key.KeyId == kid);
            options.Events = ManagementIssuer.Events(OwnIssuer.RolesClaim, own.StillCounts);
        });
        return services;
    }
}
