using Microsoft.AspNetCore.Authentication.JwtBearer;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Authority.Tokens;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Access;

/// <summary>
/// Who may use which part of the API. A token is not enough: at each call the participant must be a member now, so that a
/// suspension works at once.
/// </summary>
internal static class AuthorityAccess
{
    private const string MemberOrOperator = "member-or-operator";

    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSpaceTokens(provider => new SpaceTokenSource(
            provider.GetRequiredService<TokenIssuer>().TrustedIssuer,
            provider.GetRequiredService<AuthoritySettings>().Participant.Id));
        services.AddOptions<JwtBearerOptions>(SpaceTokens.Scheme).Configure<TokenIssuer, ParticipantStore>((options, issuer, participants) =>
        {
            if (issuer.OwnConfiguration is { } own)
            {
                // Asked for each time: the authority need not call itself, and a rotation of its key is known at once.
                options.Configuration = own;
                options.TokenValidationParameters.IssuerSigningKeyResolver = (_, _, kid, _) => issuer.ValidationKeys().Where(key => key.KeyId == kid);
            }

            options.Events.OnTokenValidated = context =>
            {
                if (context.Principal!.FindFirst("sub")?.Value is not { } id || participants.Find(id)?.IsActive != true)
                {
                    context.Fail(NoMember());
                }

                return Task.CompletedTask;
            };
        });

        // One of two schemes, told apart by the token itself: trying both would answer a refusal twice.
        services.AddAuthentication().AddPolicyScheme(MemberOrOperator, displayName: null, options => options.ForwardDefaultSelector = SchemeOf);
        services.AddAuthorizationBuilder()
            .AddPolicy(MemberOrOperator, policy => policy.AddAuthenticationSchemes(MemberOrOperator).RequireAuthenticatedUser().AddRequirements(new ManagementScopeRequirement()));
        return services;
    }

    public static RouteGroupBuilder MapMembers(this IEndpointRouteBuilder app) => app.MapGroup("").RequireAuthorization(ServiceHost.SpacePolicy);

    /// <summary>For members, and for the operator within the scopes of that area.</summary>
    public static RouteGroupBuilder MapMembersAndOperator(this IEndpointRouteBuilder app, string area) =>
        app.MapGroup("").RequireAuthorization(MemberOrOperator).WithMetadata(new ManagementArea(area));

    private static string SchemeOf(HttpContext context) =>
        BearerToken.ReadBound(context.Request) is { } token && context.RequestServices.GetRequiredService<ManagementCredentials>().Claims(token)
            ? ServiceHost.ManagementPolicy
            : SpaceTokens.Scheme;

    private static RefusalException NoMember() => new(RefusalCode.Forbidden, "The holder of the token is not an active member of this space.")
    {
        Term = "membership",
        Remedy = "Ask the operator of the space for admission.",
    };
}
