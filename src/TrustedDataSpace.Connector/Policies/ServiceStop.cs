using TrustedDataSpace.Policy;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>What is said of a use that is cut because this connector is being stopped: nobody has decided against it, and it may be tried again.</summary>
internal static class ServiceStop
{
    /// <summary>Code of the reason.</summary>
    public const string Code = "service_stops";

    /// <summary>In the place of a decision.</summary>
    public static PolicyDecision Denial(string revision) =>
        PolicyDecision.Denied([new PolicyReason(Code, "service", "the provider's connector is being stopped", "try again in a moment")], revision);
}
