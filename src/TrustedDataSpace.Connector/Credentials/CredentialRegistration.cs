using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Protocol.Credentials;

namespace TrustedDataSpace.Connector.Credentials;

internal static class CredentialRegistration
{
    public static void AddCredentials(this IServiceCollection services, ConnectorSettings settings)
    {
        services.AddSingleton<MemberDocuments>();
        services.AddSingleton<DidLocator>(provider => provider.GetRequiredService<MemberDocuments>().LocateAsync);
        services.AddSingleton<KeyResolver>(provider =>
        {
            var (members, dids) = (provider.GetRequiredService<MemberDocuments>(), provider.GetRequiredService<DidResolver>());
            return (did, kid, use, cancellation) => members.KeyAsync(dids, did, kid, use, cancellation);
        });

        services.AddSingleton<SelfIssuedSender>();
        services.AddSingleton<AccessGrants>();
        services.AddSingleton<QueryGrants>();
        services.AddSingleton<PresentationAnswers>();
        services.AddSingleton<CredentialRequests>();
        services.AddSingleton<CredentialReceiver>();
        services.AddSingleton<OfferReceiver>();
        services.AddSingleton<DcpServices>();
        services.AddSingleton<IOutboxHandler, CredentialRequestDelivery>();

        services.AddSingleton<IPeerAdmission, MembershipAdmission>();
        services.AddSingleton<StatusLists>();
        services.AddSingleton<CredentialSchemas>();
        services.AddSingleton<CredentialChecks>();
        services.AddSingleton<SpaceTrust>();
        services.AddSingleton<TrustListFollower>();
        services.AddHostedService(provider => provider.GetRequiredService<TrustListFollower>());
        services.AddSingleton<PresentationQueries>();
        services.AddSingleton<PeerCredentials>();
        services.AddSingleton<PeerClaims>();
        services.AddSingleton<Subjects>();
        services.AddSingleton<PresentationVerifier>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, PresentedPeers>(PresentedPeers.SchemeName, _ => { });

        // One seam for both kinds of proof: the scheme of the space hands on what says that it is self-issued.
        services.AddOptions<JwtBearerOptions>(SpaceTokens.Scheme).PostConfigure(options => options.ForwardDefaultSelector =
            context => PresentedPeers.IsMeant(BearerToken.Read(context.Request)) ? PresentedPeers.SchemeName : null);
        if (settings.Credentials.ProveBy == PeerProof.Presentation)
        {
            services.AddSingleton<IPeerTokens, PresentedTokens>();
        }
    }
}
