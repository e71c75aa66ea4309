using System.Text;
using System.Text.Json;

namespace TrustedDataSpace.Policy;

/// <summary>Other forms of the same question.</summary>
public static class PolicyEngineExtensions
{
    /// <summary>Takes one decision on a question that is parsed already.</summary>
    /// <param name="engine">The engine to ask.</param>
    /// <param name="input">The question.</param>
    /// <param name="cancellationToken">Ends the evaluation.</param>
    public static ValueTask<PolicyDecision> DecideAsync(this IPolicyEngine engine, JsonElement input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return engine.DecideAsync(Encoding.UTF8.GetBytes(input.GetRawText()), cancellationToken);
    }

    /// <summary>The same, with how long the answer holds.</summary>
    /// <param name="engine">The engine to ask.</param>
    /// <param name="input">The question.</param>
    /// <param name="cancellationToken">Ends the evaluation.</param>
    public static ValueTask<PolicyDecision> DecideForReuseAsync(this IPolicyEngine engine, JsonElement input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return engine.DecideForReuseAsync(Encoding.UTF8.GetBytes(input.GetRawText()), cancellationToken);
    }
}
