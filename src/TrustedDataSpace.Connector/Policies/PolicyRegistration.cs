namespace TrustedDataSpace.Connector.Policies;

internal static class PolicyRegistration
{
    public static void AddPolicies(this IServiceCollection services) => services.AddSingleton<PolicyGate>();
}
