using TrustedDataSpace.Policy;

namespace TrustedDataSpace.Connector.Policies;

internal static class PolicyRegistration
{
    public static void AddPolicies(this IServiceCollection services)
    {
        services.AddSingleton(provider => new EmbeddedPolicyEngine(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IPolicyEngine>(provider => provider.GetRequiredService<EmbeddedPolicyEngine>());
        services.AddSingleton<PolicyGate>();
        services.AddHostedService<PolicyClient>();
    }
}
