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
    private QuestionPen? spare;

    /// <summary>Decides.</summary>
    public ValueTask<PolicyDecision> DecideAsync(PolicyQuestion question, CancellationToken cancellation, bool keep = false) => AskAsync(question, forReuse: false, keep, cancellation);

    /// <summary>Decides, and says how long the answer holds (<see cref="PolicyDecision.Validity"/>) if it may be used again at all.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <param name="keep">Whether an answer that allows has its question with it, too.</param>
    public ValueTask<PolicyDecision> DecideForReuseAsync(PolicyQuestion question, CancellationToken cancellation, bool keep = false) =>
        AskAsync(question, engine.Reads.IsReusable, keep, cancellation);

    /// <summary>The same question, with what it shares with others prepared: they can differ from it in stage, purpose, usage, request, format and environment.</summary>
    public PolicyQuestion Prepare(PolicyQuestion question) => question with { Common = PolicyInput.Common(question, settings.Space.Id) };

    /// <summary>Revision of the bundle that decides now.</summary>
    public string Revision => engine.Revision;

    /// <summary>What decides now, beside the question.</summary>
    public DecidingRules Rules => new(engine.Revision, engine.Reads, (signals?.Epoch ?? 0) + (consents?.Epoch ?? 0));

    /// <summary>Decides for a step that can wait: without an engine (it has just started, or its server is away) nothing is decided, for or against.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <param name="keep">Whether an answer that allows has its question with it, too.</param>
    /// <param name="forReuse">Whether the answer says how long it holds.</param>
    /// <exception cref="RefusalException">Unavailable: no decision was taken; ask again.</exception>
    public async ValueTask<PolicyDecision> DecideWhenAbleAsync(PolicyQuestion question, CancellationToken cancellation, bool keep = false, bool forReuse = false)
    {
        var decision = await (forReuse ? DecideForReuseAsync(question, cancellation, keep) : DecideAsync(question, cancellation, keep));
        return decision.IsEngineError ? throw new RefusalException(RefusalCode.Unavailable, $"No decision was taken: {decision.Reasons[0].Message}.") : decision;
    }

    private async ValueTask<PolicyDecision> AskAsync(PolicyQuestion question, bool forReuse, bool keep, CancellationToken cancellation)
    {
        // Consents are about a use: before there is one they are not asked about.
        var isUse = question.Stage is PolicyStage.Request or PolicyStage.Tick;
        var pen = Interlocked.Exchange(ref spare, null) ?? new QuestionPen();
        PolicyInput.WriteOwn(
            pen.Begin(),
            question,
            question.Signals ?? signals?.Current,
            question.Consents ?? (isUse ? consents?.For(question.Product.Id, question.Purpose) : null),
            clock.GetUtcNow());
        var asked = new EngineQuestion(question.Common ?? PolicyInput.Common(question, settings.Space.Id), pen.End());
        var decision = await (forReuse ? engine.DecideForReuseAsync(asked, cancellation) : engine.DecideAsync(asked, cancellation));
        if ((!decision.Allow || keep) && !decision.IsEngineError)
        {
            decision = decision with { Question = asked.ToJson() };
        }

        Volatile.Write(ref spare, pen);
        return decision;
    }
}
