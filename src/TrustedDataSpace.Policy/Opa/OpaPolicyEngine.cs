using System.Diagnostics.CodeAnalysis;
using Polly;
using Polly.CircuitBreaker;

namespace TrustedDataSpace.Policy.Opa;

/// <summary>
/// Decides by asking an OPA server that loads the bundle of the space itself. Whatever is not a decision denies with <c>engine_error</c>.
/// A server that is away is left alone for a moment instead of letting every request wait for the time-out. Safe for concurrent use.
/// </summary>
public sealed class OpaPolicyEngine : IPolicyEngine, IDisposable
{
    /// <summary>Unanswered questions, with none answered within 10 s, after which the server is left alone.</summary>
    public const int UnansweredLimit = 5;

    /// <summary>How long it is left alone; then one question tries whether it is back.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private const string None = "none";

    private readonly OpaClient client;
    private readonly string bundle;
    private readonly ResiliencePipeline circuit;
    private volatile string revision = None;

    /// <summary>Creates an engine; the server is not asked yet.</summary>
    /// <param name="options">Checked: <see cref="OpaOptions.Problems"/> is empty.</param>
    /// <param name="clock">Measures the pause.</param>
    public OpaPolicyEngine(OpaOptions options, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        client = new OpaClient(options);
        bundle = options.Bundle;
        circuit = new ResiliencePipelineBuilder { TimeProvider = clock ?? TimeProvider.System }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                // Only silence counts. An answer that is no decision is about one question: whoever can put such a question must not be
                // able to stop the decisions of all others.
                ShouldHandle = new PredicateBuilder().Handle<OpaUnreachableException>(),
                FailureRatio = 1,
                MinimumThroughput = UnansweredLimit,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = Pause,
            })
            .Build();
    }

    /// <summary>Revision of the bundle that the last answer came from; <c>none</c> when there was no answer.</summary>
    public string Revision => revision;

    /// <inheritdoc/>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "An engine that fails in an unforeseen way must deny like one that fails in a foreseen way.")]
    public async ValueTask<PolicyDecision> DecideAsync(EngineQuestion question, CancellationToken cancellationToken = default)
    {
        var input = question.ToJson();
        try
        {
            return Read(await circuit.ExecuteAsync(async cancellation => await client.AskAsync(input, cancellation), cancellationToken));
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            revision = None;
            return PolicyDecision.EngineError(Message(failure), None);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private PolicyDecision Read(OpaAnswer answer)
    {
        // Without a revision the evidence could not say which rules decided.
        if (!answer.Revisions.TryGetValue(bundle, out var decidedBy))
        {
            throw new OpaException($"OPA has no bundle '{bundle}' with a revision: check that it has loaded the bundle of the space, and Policies:Opa:Bundle");
        }

        revision = decidedBy;
        return answer.Decision is null
            ? PolicyDecision.EngineError("the policies give no answer to this question", decidedBy)
            : PolicyDecision.FromOutput(answer.Decision, decidedBy);
    }

    private static string Message(Exception failure) => failure switch
    {
        OpaException => failure.Message,
        BrokenCircuitException => $"OPA gave no answer {UnansweredLimit} times and is asked again within {Pause.TotalSeconds:0} s: check that it runs",
        _ => $"asking OPA failed: {failure.Message}",
    };
}
