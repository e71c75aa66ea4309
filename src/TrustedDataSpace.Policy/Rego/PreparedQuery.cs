using System.Buffers;
using System.Text.Json;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>A document that is ready to be evaluated, again and again, by many threads at once.</summary>
public sealed class PreparedQuery
{
    private static readonly RegoString Result = new("result");

    private readonly RegoQuery query;
    private readonly NameTable names;

    internal PreparedQuery(RegoQuery query, NameTable names) => (this.query, this.names) = (query, names);

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
        query.EvaluateDocument(Result, input, options, ct);

    /// <summary>Reads an input for this query: its names are shared with the program, which makes the evaluation quicker.</summary>
    /// <exception cref="JsonException">The text is not JSON, or nested more than 1,000 levels deep.</exception>
    public RegoValue ReadInput(ReadOnlySpan<byte> json) => JsonReading.Read(json, names);

    /// <summary>Reads an input for this query from JSON that is parsed already.</summary>
    public RegoValue ReadInput(JsonElement json) => JsonReading.Read(json, names);

    /// <summary>Reads a question: of what is prepared only what has not been read for this program yet.</summary>
    /// <exception cref="JsonException">It is not JSON, or nested more than 1,000 levels deep.</exception>
    internal RegoValue ReadInput(EngineQuestion question) =>
        question.Common is { } common ? JsonReading.Read(common.For(names), question.Own.Span) : JsonReading.Read(question.Own.Span, names);

    /// <summary>Evaluates the document from JSON to JSON; false, with nothing written, if it is undefined.</summary>
    /// <exception cref="JsonException">The input is not JSON, or nested more than 1,000 levels deep.</exception>
    /// <exception cref="RegoEvaluationException">Rules contradict each other, or a limit was reached.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was stopped.</exception>
    public bool TryEvaluate(ReadOnlySpan<byte> input, IBufferWriter<byte> output, EvaluationOptions? options = null, CancellationToken ct = default)
    {
        if (Evaluate(ReadInput(input), options ?? EvaluationOptions.Default, ct) is not { } value)
        {
            return false;
        }

        if (value is RegoBoolean boolean)
        {
            output.Write(boolean.Value ? "true"u8 : "false"u8);
            return true;
        }

        using var writer = new Utf8JsonWriter(output, JsonWriting.Options);
        value.ToJson(writer);
        return true;
    }
}

/// <summary>A query with variables, ready to be evaluated by many threads at once.</summary>
public sealed class RegoQuery
{
    private readonly Plan.QueryPlan plan;
    private readonly RegoValue data;
    private readonly int ruleCount;

    /// <summary>The state of an evaluation that is over, for the next one.</summary>
    private Evaluation.Evaluation? spare;

    internal RegoQuery(Plan.QueryPlan plan, RegoValue data, int ruleCount) => (this.plan, this.data, this.ruleCount) = (plan, data, ruleCount);

    /// <summary>All solutions: for each, an object from variable names to values.</summary>
    /// <exception cref="RegoEvaluationException">Rules contradict each other, or a limit was reached.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was stopped.</exception>
    public IReadOnlyList<RegoObject> Evaluate(RegoValue? input, EvaluationOptions? options = null, CancellationToken ct = default)
    {
        var solutions = Solve(input, options ?? EvaluationOptions.Default, ct);
        return [.. solutions.Cast<RegoObject>()];
    }

    /// <summary>The value that this variable has in the first solution.</summary>
    internal RegoValue? EvaluateDocument(RegoString name, RegoValue? input, EvaluationOptions options, CancellationToken ct) =>
        plan.Document is { } document ? Run(input, options, document, ct)
            : Solve(input, options, ct) is { Count: > 0 } solutions ? solutions[0].Lookup(name)
            : null;

    private RegoArray Solve(RegoValue? input, EvaluationOptions options, CancellationToken ct)
    {
        var solutions = new RegoArray(1);
        Run(input, options, new SolvingExpression(plan.Entry, solutions), ct);
        return solutions;
    }

    private RegoValue? Run(RegoValue? input, EvaluationOptions options, Plan.Expression what, CancellationToken ct)
    {
        // One that threw is not used again: its frames and scopes are as the exception left them.
        var evaluation = Interlocked.Exchange(ref spare, null) ?? new Evaluation.Evaluation(data, ruleCount);
        evaluation.Begin(input, options, ct);
        var slots = evaluation.Rent(plan.FrameSize);
        var result = what.Evaluate(evaluation, slots);
        evaluation.Return(slots);
        evaluation.End();
        Volatile.Write(ref spare, evaluation);
        return result;
    }

    /// <summary>Collects the solutions of a query.</summary>
    private sealed class SolvingExpression(Plan.Step entry, RegoArray solutions) : Plan.Expression
    {
        public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
        {
            slots[0] = solutions;
            entry.Execute(evaluation, slots);
            return solutions;
        }
    }
}
