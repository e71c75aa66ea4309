using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using TrustedDataSpace.Hosting.Http;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>What holds for every access token that the stock JwtBearer handler checks.</summary>
internal static class JwtBearerRules
{
    /// <summary>How far two clocks may differ.</summary>
    public static TimeSpan Leeway { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Takes issuer and keys from the issuer's discovery document.</summary>
    public static void Trust(this JwtBearerOptions options, string issuer, EgressOptions egress)
    {
        options.Authority = issuer;
        options.BackchannelHttpHandler = new SocketsHttpHandler { SslOptions = PeerTrust.ClientOptions(egress) };
        options.MapInboundClaims = false;
        options.RequireHttpsMetadata = !new Uri(issuer).IsLoopback;

        // A token signed by a key that was published a moment ago must not be refused for minutes.
        options.RefreshInterval = TimeSpan.FromSeconds(1);

        // Shorter than keys are published before they sign (Keys:PublishAhead): so such a token is rare.
        options.AutomaticRefreshInterval = TimeSpan.FromMinutes(5);
    }

    /// <summary>
    /// What the issuer publishes now counts, and nothing that it published before: by default a key that it has withdrawn would count for
    /// another hour.
    /// </summary>
    public static void TrustPresentKeysOnly(this IServiceCollection services, string scheme) => services.PostConfigure<JwtBearerOptions>(scheme, options =>
    {
        if (options.ConfigurationManager is BaseConfigurationManager manager)
        {
            manager.UseLastKnownGoodConfiguration = false;
        }
    });

    /// <summary>Times by the service's own clock.</summary>
    public static LifetimeValidator Lifetime(TimeProvider clock) => (notBefore, expires, _, _) =>
    {
        var now = clock.GetUtcNow().UtcDateTime;

        // The leeway is applied to our own time: a token's may lie at an end of the calendar, and "none" is given as its beginning.
        return expires > now - Leeway && (notBefore is not { } start || start <= now + Leeway);
    };

    /// <summary>Why a token is refused, in words that give nothing away.</summary>
    public static string Reason(Exception failure) => failure switch
    {
        SecurityTokenInvalidAudienceException => "it was issued for another audience",
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException or SecurityTokenNotYetValidException => "it is expired or not yet valid",
        SecurityTokenNoExpirationException => "it has no end",
        SecurityTokenInvalidIssuerException => "it comes from another issuer",
        SecurityTokenException { Message: "revoked" } => "it was revoked",
        SecurityTokenInvalidTypeException => "it is not an access token",
        _ => "its signature or form is wrong",
    };
}
