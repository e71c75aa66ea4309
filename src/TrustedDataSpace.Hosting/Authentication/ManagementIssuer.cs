using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>
/// The management interface behind an OpenID provider: stock JwtBearer against <c>Management:Issuer</c>. Such a token may do what its
/// <c>scope</c> claim lists and its roles allow, and nothing else.
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
        services.TrustPresentKeysOnly(SchemeName);
        services.AddOptions<JwtBearerOptions>(SchemeName).Configure<TimeProvider, ServiceSettings>((options, clock, settings) =>
        {
            options.Trust(management.Issuer!, settings.Egress);
            options.TokenValidationParameters = Expected(management.Audience!, clock);
            options.Events = Events(management.RolesClaim, _ => true);
        });
    }

    public static TokenValidationParameters Expected(string audience, TimeProvider clock) => new()
    {
        ValidAudience = audience,

        // Providers call their access tokens both ways; an ID token has no scopes and opens nothing.
        ValidTypes = [TokenTypes.AccessToken, TokenTypes.Jwt],
        ValidAlgorithms = Algorithms,
        RequireExpirationTime = true,

        // A signature counts under the name of its key only.
        TryAllIssuerSigningKeys = false,
        ClockSkew = JwtBearerRules.Leeway,
        LifetimeValidator = JwtBearerRules.Lifetime(clock),
    };

    /// <summary>What is checked beside the token itself.</summary>
    /// <param name="rolesClaim">The claim with the roles; null: the scopes alone count.</param>
    /// <param name="stillCounts">Whether the token was not revoked.</param>
    public static JwtBearerEvents Events(string? rolesClaim, Func<ClaimsPrincipal, bool> stillCounts) => new()
    {
        OnMessageReceived = context =>
        {
            context.Token = BearerToken.ReadBound(context.Request);
            return Task.CompletedTask;
        },
        OnTokenValidated = context =>
        {
            if (!stillCounts(context.Principal!))
            {
                context.Fail(new SecurityTokenException("revoked"));
            }
            else if (DpopProblem(context.HttpContext, context.Principal!) is { } problem)
            {
                context.Fail(problem);
            }
            else
            {
                Narrow(context, rolesClaim);
            }

            return Task.CompletedTask;
        },
        OnChallenge = ChallengeAsync,
    };

    /// <summary>Whether the token says that it comes from this issuer for this service. Nothing is proven: it only tells who is to check it.</summary>
    public static bool IsMeant(string? issuer, string? audience, string token)
    {
        if (issuer is null || !new JsonWebTokenHandler().CanReadToken(token))
        {
            return false;
        }

        try
        {
            var read = new JsonWebToken(token);
            return read.Issuer?.TrimEnd('/') == issuer.TrimEnd('/') && read.Audiences.Contains(audience);
        }
        catch (Exception failure) when (failure is ArgumentException or SecurityTokenException or FormatException)
        {
            return false;
        }
    }

    // A bound token without its proof is worth nothing, and a confirmation that is not understood (RFC 7800 §3.1) is no confirmation.
    private static RefusalException? DpopProblem(HttpContext context, ClaimsPrincipal token)
    {
        var isDpop = BearerToken.Read(context.Request) is null;
        if (token.FindFirst("cnf") is not { } confirmation)
        {
            return isDpop ? Refuse("it is not bound to a key: send it with the scheme Bearer") : null;
        }

        if (!isDpop || ThumbprintIn(confirmation.Value) is not { } thumbprint)
        {
            return Refuse("it is bound to a key: send it with the scheme DPoP and a proof (RFC 9449)");
        }

        try
        {
            var proofs = context.RequestServices.GetRequiredService<DpopProofs>();
            var proof = proofs.Read(context.Request, BearerToken.ReadBound(context.Request)!);
            if (proof.Thumbprint != thumbprint)
            {
                return Refuse("the proof is by another key than the one it is bound to");
            }

            proofs.Use(proof);
            return null;
        }
        catch (RefusalException refusal)
        {
            return refusal;
        }
    }

    private static string? ThumbprintIn(string confirmation)
    {
        try
        {
            using var document = JsonDocument.Parse(confirmation);
            return document.RootElement is { ValueKind: JsonValueKind.Object } members && members.EnumerateObject().Count() == 1
                && members.TryGetProperty("jkt", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // What else the provider says about its user means nothing here.
    private static void Narrow(TokenValidatedContext context, string? rolesClaim)
    {
        var token = context.Principal!;
        var scopes = token.FindAll(ManagementScopes.Claim).SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var opened = rolesClaim is null ? scopes : ManagementRoles.Narrow([.. token.FindAll(rolesClaim).Select(claim => claim.Value)], scopes);
        var holder = ManagementScopes.Holder(token.FindFirst("sub")?.Value ?? "issuer", "issuer", opened, ofRoles: rolesClaim is not null);
        if (token.FindFirst(ManagementScopes.ExpiryClaim) is { } expiry)
        {
            holder.AddClaim(new Claim(ManagementScopes.ExpiryClaim, expiry.Value));
        }

        context.Principal = new ClaimsPrincipal(holder);
    }

    private static Task ChallengeAsync(JwtBearerChallengeContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        if (context.AuthenticateFailure is RefusalException { Term: DpopProofs.Term } bound)
        {
            context.Response.Headers.WWWAuthenticate = "DPoP algs=\"ES256\", error=\"invalid_dpop_proof\"";
            throw bound;
        }

        throw new RefusalException(
            RefusalCode.Unauthenticated,
            context.AuthenticateFailure is null ? "The management interface asks for a bearer token." : "The access token does not open the management interface: " + JwtBearerRules.Reason(context.AuthenticateFailure))
        {
            Where = "Authorization",
            Remedy = "get an access token from the issuer of Management:Issuer with Management:Audience as its audience, or use a management token (Management:Token)",
        };
    }

    private static RefusalException Refuse(string why) => new(RefusalCode.Unauthenticated, $"The access token does not open the management interface: {why}.") { Term = DpopProofs.Term };
}
