namespace TrustedDataSpace.Policy;

/// <summary>
/// Answers one question: may this participant do this, with this product, under this contract, now? The same question is asked at the catalog,
/// at negotiation, at transfer start, at each request and at each tick of a stream. The form of the question is described in <c>docs/policies.md</c>.
/// </summary>
public interface IPolicyEngine
{
    /// <summary>Revision of the bundle that decides now; <c>none</c> before the first one.</summary>
    string Revision { get; }

    /// <summary>Takes one decision. Every failure of the engine is a decision that denies with <c>engine_error</c>.</summary>
    /// <param name="question">The question; what is not JSON is denied.</param>
    /// <param name="cancellationToken">Ends the evaluation when nobody waits for the answer any more.</param>
    /// <exception cref="OperationCanceledException">The caller has cancelled.</exception>
    ValueTask<PolicyDecision> DecideAsync(EngineQuestion question, CancellationToken cancellationToken = default);

    /// <summary>What the rules that decide now read of a question. Answers carry that of the rules that gave them.</summary>
    PolicyReads Reads => PolicyReads.Unknown;

    /// <summary>Takes one decision and says how long it holds (<see cref="PolicyDecision.Validity"/>), which costs a little more; an engine that cannot say so just decides.</summary>
    /// <param name="question">The question; what is not JSON is denied.</param>
    /// <param name="cancellationToken">Ends the evaluation when nobody waits for the answer any more.</param>
    /// <exception cref="OperationCanceledException">The caller has cancelled.</exception>
    ValueTask<PolicyDecision> DecideForReuseAsync(EngineQuestion question, CancellationToken cancellationToken = default) => DecideAsync(question, cancellationToken);
}
