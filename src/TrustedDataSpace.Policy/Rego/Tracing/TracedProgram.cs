namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>
/// Modules compiled so that an evaluation can tell what it did. Decisions are the same as those of <see cref="RegoProgram"/>, and slower;
/// it is made when somebody asks why. Immutable; many threads may use one.
/// </summary>
public sealed class TracedProgram
{
    private TracedProgram(RegoProgram program) => Program = program;

    internal RegoProgram Program { get; }

    /// <summary>Compiles modules.</summary>
    /// <param name="modules">The files, each with a different name.</param>
    /// <param name="data">The base documents under <c>data</c>; null for none.</param>
    /// <exception cref="RegoCompileException">With all errors that were found.</exception>
    public static TracedProgram Compile(IReadOnlyList<RegoSource> modules, RegoValue? data = null) =>
        new(RegoCompiler.CompileTraced(modules, data ?? RegoObject.Empty));

    /// <summary>Evaluates a document and tells how its value came about. An evaluation that ends without a result is told, too.</summary>
    /// <param name="path">A path such as <c>data.tds.decision</c>.</param>
    /// <param name="input">The document <c>input</c>; null for none.</param>
    /// <param name="options">How to evaluate; null for the defaults.</param>
    /// <param name="ct">Stops the evaluation.</param>
    /// <exception cref="RegoCompileException">The text is not a path under <c>data</c>.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was stopped.</exception>
    public RegoTrace Explain(string path, RegoValue? input, EvaluationOptions? options = null, CancellationToken ct = default)
    {
        var query = Program.Prepare(path);
        var tracer = new TreeTracer();
        try
        {
            var value = query.Evaluate(input, (options ?? EvaluationOptions.Default) with { Tracer = tracer }, ct);
            return new RegoTrace(value, null, tracer.Roots, tracer.IsCut);
        }
        catch (RegoEvaluationException error)
        {
            return new RegoTrace(null, error, tracer.Roots, tracer.IsCut);
        }
    }
}

/// <summary>How the value of a document came about.</summary>
/// <param name="Value">The value; null if the document is undefined.</param>
/// <param name="Error">What ended the evaluation without a value; null otherwise.</param>
/// <param name="Roots">The definitions that were tried for it.</param>
/// <param name="IsCut">Whether there was more than is kept.</param>
public sealed record RegoTrace(RegoValue? Value, RegoEvaluationException? Error, IReadOnlyList<TraceNode> Roots, bool IsCut);
