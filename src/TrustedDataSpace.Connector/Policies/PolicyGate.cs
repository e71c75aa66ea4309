using TrustedDataSpace.Policy;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>
/// The one decision path (DESIGN §3 rule 2): catalog list and item, negotiation, transfer start, each request and each tick of a
/// stream ask here and nowhere else. It remembers nothing; every way in which the engine fails is a denial.
/// </summary>
internal sealed class PolicyGate(IPolicyEngine engine, ConnectorSettings settings, TimeProvider clock)
{
    /// <summary>Decides.</summary>
    public ValueTask<PolicyDecision> DecideAsync(PolicyQuestion question, CancellationToken cancellation) =>
        engine.DecideAsync(PolicyInput.Write(question, settings.Space.Id, clock.GetUtcNow()), cancellation);
}
