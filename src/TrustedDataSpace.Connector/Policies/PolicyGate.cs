using TrustedDataSpace.Connector.Consents;
using TrustedDataSpace.Connector.Signals;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>
/// The one decision path (DESIGN §3 rule 2): catalog list and item, negotiation, transfer start, each request and each tick of a
/// stream ask here and nowhere else. It remembers nothing; every way in which the engine fails is a denial.
/// What is true around the contract, signals and consents, is added here to each question.
/// </summary>
internal sealed class PolicyGate(IPolicyEngine engine, ConnectorSettings settings, TimeProvider clock, SignalService? signals = null, ConsentService? consents = null)
{
    /// <summary>Decides.</summary>
    public async ValueTask<PolicyDecision> DecideAsync(PolicyQuestion question, CancellationToken cancellation)
    {
        var input = Input(question);
        return WithQuestion(await engine.DecideAsync(input, cancellation), input);
    }

    /// <summary>Decides, and says how long the answer holds (<see cref="PolicyDecision.Validity"/>) if it may be used again at all.</summary>
    public async ValueTask<PolicyDecision> DecideForReuseAsync(PolicyQuestion question, CancellationToken cancellation)
    {
        if (!engine.Reads.IsReusable)
        {
            return await DecideAsync(question, cancellation);
        }

        var input = Input(question);
        return WithQuestion(await engine.DecideForReuseAsync(input, cancellation), input);
    }

    /// <summary>Revision of the bundle that decides now.</summary>
    public string Revision => engine.Revision;

    /// <summary>What decides now, beside the question.</summary>
    public DecidingRules Rules => new(engine.Revision, engine.Reads, (signals?.Epoch ?? 0) + (consents?.Epoch ?? 0));

    /// <summary>Decides for a step that can wait: without an engine (it has just started, or its server is away) nothing is decided, for or against.</summary>
    /// <exception cref="RefusalException">Unavailable: no decision was taken; ask again.</exception>
    public async ValueTask<PolicyDecision> DecideWhenAbleAsync(PolicyQuestion question, CancellationToken cancellation)
    {
        var decision = await DecideAsync(question, cancellation);
        return decision.IsEngineError ? throw new RefusalException(RefusalCode.Unavailable, $"No decision was taken: {decision.Reasons[0].Message}.") : decision;
    }

    private static PolicyDecision WithQuestion(PolicyDecision decision, ReadOnlyMemory<byte> input) =>
        decision.Allow || decision.IsEngineError ? decision : decision with { Question = input };

    private ReadOnlyMemory<byte> Input(PolicyQuestion question)
    {
        // Consents are about a use: before there is one they are not asked about.
        var isUse = question.Stage is PolicyStage.Request or PolicyStage.Tick;
        return PolicyInput.Write(
            question,
            question.Signals ?? signals?.Current,
            question.Consents ?? (isUse ? consents?.For(question.Product.Id, question.Purpose) : null),
            settings.Space.Id,
            clock.GetUtcNow());
    }
}
