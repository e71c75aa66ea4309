using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Policy;

/// <summary>
/// Decides in this process with the embedded Rego engine. It holds one bundle at a time; decisions that run while the bundle is replaced
/// end on the bundle they began with, and name its revision. Safe for concurrent use.
/// </summary>
public sealed class EmbeddedPolicyEngine : IPolicyEngine
{
    private const string Entrypoint = "data.tds.decision";

    private readonly EvaluationOptions options;
    private volatile LoadedPolicies? loaded;

    /// <summary>Creates an engine that denies everything until the first bundle is loaded.</summary>
    /// <param name="clock">The clock of Rego's time builtins; decisions themselves use <c>input.now_ms</c>.</param>
    /// <param name="limits">What one decision may use; null for enough for the largest contract.</param>
    public EmbeddedPolicyEngine(TimeProvider? clock = null, EvaluationLimits? limits = null) => options = new()
    {
        Clock = clock ?? TimeProvider.System,
        Limits = limits ?? new(),

        // By default a failing builtin is merely undefined: in a layer's condition that would turn a denial off.
        StrictBuiltinErrors = true,
    };

    /// <inheritdoc />
    public string Revision => loaded?.Revision ?? "none";

    /// <summary>Replaces the bundle. One that cannot be used throws, and the one in use stays.</summary>
    /// <param name="bundle">The bundle that decides from now on.</param>
    /// <exception cref="RegoCompileException">The modules do not compile; all errors are listed.</exception>
    /// <exception cref="PolicyBundleException">The bundle has no decision, or a layer that does nothing.</exception>
    public void Replace(PolicyBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var program = RegoCompiler.Compile([.. bundle.Modules.Select(file => new RegoSource(file.Path, file.Text))], bundle.Data);
        var problems = Problems(bundle, program).ToList();
        if (problems.Count > 0)
        {
            throw new PolicyBundleException(problems);
        }

        loaded = new(bundle, program, Entrypoint);
    }

    /// <inheritdoc />
    public ValueTask<PolicyDecision> DecideAsync(EngineQuestion question, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Decide(question, forReuse: false, cancellationToken));

    /// <inheritdoc />
    public PolicyReads Reads => loaded?.Reads ?? PolicyReads.Unknown;

    /// <inheritdoc />
    public ValueTask<PolicyDecision> DecideForReuseAsync(EngineQuestion question, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Decide(question, forReuse: true, cancellationToken));

    /// <summary>Evaluates any document of the bundle that decides now, as OPA's Data API does; null while there is none.</summary>
    /// <param name="path">The path below <c>data</c>, one key after the other; empty for all of it.</param>
    /// <param name="input">The document <c>input</c>; null for none.</param>
    /// <param name="explain">Whether to tell how the value came about.</param>
    /// <param name="cancellationToken">Ends the evaluation.</param>
    /// <exception cref="RegoEvaluationException">The evaluation ended without a result; never when <paramref name="explain"/> is set.</exception>
    /// <exception cref="OperationCanceledException">The caller has cancelled.</exception>
    public DocumentAnswer? Evaluate(IReadOnlyList<string> path, RegoValue? input, bool explain = false, CancellationToken cancellationToken = default) =>
        loaded?.Evaluate(path, input, explain, options, cancellationToken);

    // A layer whose rule has a misspelt name would deny nothing and look as if it did.
    private static IEnumerable<string> Problems(PolicyBundle bundle, RegoProgram program) =>
        BundleRules.Layers(bundle.Files)
            .Where(layer => !IsDocument(program, $"data.{layer}.deny") && !IsDocument(program, $"data.{layer}.duties"))
            .Select(layer => $"layer {layer} defines neither deny nor duties")
            .Concat(IsDocument(program, Entrypoint) ? [] : [$"no module defines {Entrypoint}"]);

    // A function has the name and is nothing that a decision walks.
    private static bool IsDocument(RegoProgram program, string path) => program.Groups.Any(group => group.Node.Path == path && group.Arity == 0);

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "An engine that fails in an unforeseen way must deny like one that fails in a foreseen way.")]
    private PolicyDecision Decide(EngineQuestion question, bool forReuse, CancellationToken cancellationToken)
    {
        if (loaded is not { } bundle)
        {
            return PolicyDecision.EngineError("no policy bundle is loaded", "none");
        }

        try
        {
            // A bundle whose answers may not be used again is not asked how long they hold.
            var withValidity = forReuse && bundle.Reads.IsReusable;
            var query = withValidity ? bundle.Answer! : bundle.Decision;
            var output = query.Evaluate(query.ReadInput(question), options, cancellationToken);
            return output is null ? PolicyDecision.EngineError("the policies give no answer to this question", bundle.Revision)
                : withValidity ? PolicyDecision.FromOutput(output, bundle.Reads, bundle.Revision)
                : PolicyDecision.FromOutput(output, bundle.Revision);
        }
        catch (JsonException)
        {
            return PolicyDecision.EngineError("the question is not JSON", bundle.Revision);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return PolicyDecision.EngineError($"the policy engine failed: {e.Message}", bundle.Revision);
        }
    }
}
