using Microsoft.AspNetCore.Authentication.JwtBearer;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Outbox;

namespace TrustedDataSpace.Connector.Identity;

internal static class IdentityRegistration
{
    public static void AddIdentity(this IServiceCollection services, ConnectorSettings settings)
    {
        services.AddSingleton<ParticipantKey>();
        services.AddSingleton<AgreementKeys>();
        services.AddSingleton<AuthorityKeys>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<AuthorityClient>();
        services.AddSingleton<IPeerTokens>(provider => provider.GetRequiredService<AccessTokens>());
        services.AddSingleton<AuthorityDirectory>();
        services.AddSingleton<IPeerDirectory>(provider => provider.GetRequiredService<AuthorityDirectory>());
        services.AddSingleton<PeerClient>();
        services.AddSingleton<MembershipState>();
        services.AddSingleton<MembershipCheck>();
        services.AddHostedService<Enrolment>();
        services.AddKeyRotation<ParticipantRotation>();
        services.AddSingleton<IOutboxHandler, KeyRevocation>();
        services.AddSpaceTokens(_ => new SpaceTokenSource(settings.Authority.Base, settings.Participant.Id));
        services.AddOptions<JwtBearerOptions>(SpaceTokens.Scheme).PostConfigure<MembershipCheck>(
            (options, check) => options.Events.OnTokenValidated = check.VerifyAsync);
    }
}
