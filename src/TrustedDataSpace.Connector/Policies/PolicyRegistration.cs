using TrustedDataSpace.Connector.Policies.Allows;
using TrustedDataSpace.Connector.Policies.Decisions;
using TrustedDataSpace.Connector.Policies.Denials;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Opa;

namespace TrustedDataSpace.Connector.Policies;

internal static class PolicyRegistration
{
    public static void AddPolicies(this IServiceCollection services, ConnectorSettings settings)
    {
        services.AddSingleton<PolicyGate>();
        services.AddSingleton<PolicyRevision>();
        services.AddSingleton<DecisionLog>();
        services.AddSingleton<KeptPolicies>();
        services.AddSingleton<DenialEvidence>();
        services.AddSingleton<AllowedQuestions>();
        services.AddSingleton<AllowTrail>();
        services.AddHostedService(provider => provider.GetRequiredService<AllowTrail>());
        services.AddHostedService<DenialSweep>();
        if (settings.Policies.Engine == PolicyEngineKind.Opa)
        {
            services.AddSingleton(provider => Logged(new OpaPolicyEngine(settings.Policies.Opa, provider.GetRequiredService<TimeProvider>()), provider));
            services.AddHostedService<OpaWatch>();
        }
        else
        {
            services.AddSingleton(provider => new EmbeddedPolicyEngine(provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton(provider => Logged(provider.GetRequiredService<EmbeddedPolicyEngine>(), provider));
            services.AddHostedService<PolicyClient>();
        }

        services.AddHostedService(provider => provider.GetRequiredService<DecisionLog>());
    }

    private static IPolicyEngine Logged(IPolicyEngine engine, IServiceProvider provider) =>
        provider.GetRequiredService<DecisionLog>() is { IsOn: true } log ? new LoggedPolicyEngine(engine, log) : engine;
}
