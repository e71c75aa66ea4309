using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Evidence;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;

namespace TrustedDataSpace.Conformance.Dsp.Driver;

/// <summary>
/// The connector's own host, as the product builds it. Replaced is only what needs an authority: who peers are, what they are shown, who
/// calls, the enrolment, the shipping of evidence, the filing and registering, and where the policy bundle comes from.
/// </summary>
internal static class DriverHost
{
    /// <summary>Who the connector is.</summary>
    public const string Participant = "did:web:connector-under-test.example";

    private static readonly Type[] NeedAuthority =
        [typeof(Enrolment), typeof(EvidenceShipper), typeof(PolicyClient), typeof(AgreementFilingJob), typeof(ProductRegistrar)];

    /// <summary>Builds it.</summary>
    /// <param name="options">Where it listens, and where the kit does.</param>
    /// <param name="folder">For its data.</param>
    /// <param name="managementToken">For its management interface.</param>
    public static WebApplication Build(DriverOptions options, string folder, string managementToken)
    {
        var app = ConnectorHost.Build(
            new ConnectorSettings
            {
                Space = new SpaceOptions { Id = "conformance" },
                Participant = new ParticipantOptions { Id = Participant, Name = "Connector under test" },
                Storage = new StorageOptions { Folder = folder },
                Listen = new Hosting.Configuration.ListenOptions { Url = options.Url, PublicUrl = options.Url },
                Management = new ManagementOptions { Token = managementToken },
                Egress = new EgressOptions { AllowPrivateAddresses = true },
                Authority = new AuthorityOptions { Url = "http://127.0.0.1:1", Id = "did:web:authority.example" },
                Membership = new MembershipOptions { Region = "44" },
            },
            builder => Replace(builder, options));
        app.Services.GetRequiredService<EmbeddedPolicyEngine>().Replace(PolicyBundle.BuiltIn());
        return app;
    }

    private static void Replace(WebApplicationBuilder builder, DriverOptions options)
    {
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var services = builder.Services;
        foreach (var registration in services.Where(service => NeedAuthority.Contains(service.ImplementationType)).ToList())
        {
            services.Remove(registration);
        }

        services.AddSingleton(options);
        services.AddSingleton<IPeerDirectory, KitDirectory>();
        services.AddSingleton<IPeerTokens, NoTokens>();
        services.AddSingleton<IOutboxHandler, FiledAtOnce>();
        services.AddSingleton<IOutboxHandler, NotRegistered>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, KitAuthentication>(KitAuthentication.Name, _ => { });
        services.Configure<AuthorizationOptions>(authorization => authorization.AddPolicy(
            ServiceHost.SpacePolicy, policy => policy.AddAuthenticationSchemes(KitAuthentication.Name).RequireAuthenticatedUser()));
    }
}
