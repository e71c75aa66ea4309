using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Opa;

namespace TrustedDataSpace.Connector.Policies;

internal static class PolicyRegistration
{
    public static void AddPolicies(this IServiceCollection services, ConnectorSettings settings)
    {
        services.AddSingleton<PolicyGate>();
        services.AddSingleton<PolicyRevision>();
        if (settings.Policies.Engine == PolicyEngineKind.Opa)
        {
            services.AddSingleton<IPolicyEngine>(provider => new OpaPolicyEngine(settings.Policies.Opa, provider.GetRequiredService<TimeProvider>()));
            services.AddHostedService<OpaWatch>();
        }
        else
        {
            services.AddSingleton(provider => new EmbeddedPolicyEngine(provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<IPolicyEngine>(provider => provider.GetRequiredService<EmbeddedPolicyEngine>());
            services.AddHostedService<PolicyClient>();
        }
    }
}
