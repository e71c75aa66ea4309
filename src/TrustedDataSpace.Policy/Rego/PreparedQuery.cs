namespace TrustedDataSpace.Policy.Rego;

/// <summary>A document that is ready to be evaluated, again and again, by many threads at once.</summary>
public sealed class PreparedQuery
{
    private static readonly RegoString Result = new("result");

    private readonly RegoQuery query;

    internal PreparedQuery(RegoQuery query) => this.query = query;

    /// <summary>Evaluates the document for an input; null if it is undefined.</summary>
    /// <param name="input">The document <c>input</c>.</param>
    /// <param name="limits">What the evaluation may use; null for the defaults.</param>
    /// <param name="ct">Stops the evaluation.</param>
    /// <exception cref="RegoEvaluationException">Rules contradict each other, or a limit was reached.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was stopped.</exception>
    public RegoValue? Evaluate(RegoValue input, EvaluationLimits? limits = null, CancellationToken ct = default) =>
        Evaluate(input, limits is null ? EvaluationOptions.Default : new EvaluationOptions { Limits = limits }, ct);

    /// <summary>Evaluates the document for an input, which may be undefined; null if the document is undefined.</summary>
    /// <exception cref="RegoEvaluationException">Rules contradict each other, or a limit was reached.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was stopped.</exception>
    public RegoValue? Evaluate(RegoValue? input, EvaluationOptions options, CancellationToken ct = default) =>
        query.Evaluate(input, options, ct) is [var solution, ..] ? solution.Lookup(Result) : null;
}

/// <summary>A query with variables, ready to be evaluated by many threads at once.</summary>
public sealed class RegoQuery
{
    private readonly Plan.QueryPlan plan;
    private readonly RegoValue data;
    private readonly int ruleCount;

    internal RegoQuery(Plan.QueryPlan plan, RegoValue data, int ruleCount) => (this.plan, this.data, this.ruleCount) = (plan, data, ruleCount);

    /// <summary>All solutions: for each, an object from variable names to values.</summary>
    /// <exception cref="RegoEvaluationException">Rules contradict each other, or a limit was reached.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was stopped.</exception>
    public IReadOnlyList<RegoObject> Evaluate(RegoValue? input, EvaluationOptions? options = null, CancellationToken ct = default)
    {
        var evaluation = new Evaluation.Evaluation(input, data, ruleCount, options ?? EvaluationOptions.Default, ct);
        var slots = new RegoValue?[plan.FrameSize];
        var solutions = new RegoArray(1);
        slots[0] = solutions;
        plan.Entry.Execute(evaluation, slots);
        return [.. solutions.Cast<RegoObject>()];
    }
}
