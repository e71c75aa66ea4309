using System.Text.Json;

namespace TrustedDataSpace.Policy;

/// <summary>Other forms of the same question.</summary>
public static class PolicyEngineExtensions
{
    /// <summary>Takes one decision on a question that is still text.</summary>
    /// <param name="engine">The engine to ask.</param>
    /// <param name="input">The question as UTF-8 JSON; what is not JSON is denied.</param>
    /// <param name="cancellationToken">Ends the evaluation.</param>
    public static ValueTask<PolicyDecision> DecideAsync(this IPolicyEngine engine, ReadOnlyMemory<byte> input, CancellationToken cancellationToken = default) =>
        DecideAsync(engine, input, forReuse: false, cancellationToken);

    /// <summary>The same, with how long the answer holds.</summary>
    /// <param name="engine">The engine to ask.</param>
    /// <param name="input">The question as UTF-8 JSON; what is not JSON is denied.</param>
    /// <param name="cancellationToken">Ends the evaluation.</param>
    public static ValueTask<PolicyDecision> DecideForReuseAsync(this IPolicyEngine engine, ReadOnlyMemory<byte> input, CancellationToken cancellationToken = default) =>
        DecideAsync(engine, input, forReuse: true, cancellationToken);

    private static async ValueTask<PolicyDecision> DecideAsync(IPolicyEngine engine, ReadOnlyMemory<byte> input, bool forReuse, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(engine);
        try
        {
            using var document = JsonDocument.Parse(input);
            return await (forReuse ? engine.DecideForReuseAsync(document.RootElement, cancellationToken) : engine.DecideAsync(document.RootElement, cancellationToken));
        }
        catch (JsonException)
        {
            return PolicyDecision.EngineError("the question is not JSON", engine.Revision);
        }
    }
}
