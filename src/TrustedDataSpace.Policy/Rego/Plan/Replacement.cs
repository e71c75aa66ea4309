using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>One <c>with target as value</c>.</summary>
internal abstract class Replacement
{
    /// <summary>Changes the new scope; false if the value is undefined, which makes the condition fail.</summary>
    public abstract bool Apply(Evaluation.Evaluation evaluation, EvaluationScope scope, RegoValue?[] slots);

    /// <summary>A copy of a document in which the value at a path is replaced; objects are made along the way.</summary>
    protected static RegoValue Patch(RegoValue? document, IReadOnlyList<RegoValue> path, int position, RegoValue value)
    {
        if (position == path.Count)
        {
            return value;
        }

        var @object = document as RegoObject ?? RegoObject.Empty;
        return @object.With(path[position], Patch(@object.Lookup(path[position]), path, position + 1, value));
    }
}

internal sealed class InputReplacement(IReadOnlyList<RegoValue> path, Expression value) : Replacement
{
    public override bool Apply(Evaluation.Evaluation evaluation, EvaluationScope scope, RegoValue?[] slots)
    {
        if (value.Evaluate(evaluation, slots) is not { } result)
        {
            return false;
        }

        scope.Input = Patch(scope.Input, path, 0, result);
        return true;
    }
}

internal sealed class DataReplacement(IReadOnlyList<RegoValue> path, Expression value) : Replacement
{
    public override bool Apply(Evaluation.Evaluation evaluation, EvaluationScope scope, RegoValue?[] slots)
    {
        if (value.Evaluate(evaluation, slots) is not { } result)
        {
            return false;
        }

        scope.Data = Patch(scope.Data, path, 0, result);
        scope.ReplacedPaths = [.. scope.ReplacedPaths ?? [], path];
        return true;
    }
}

/// <summary>Replaces a function by a function or a builtin, or its result by a value.</summary>
internal sealed class FunctionReplacement(object function, object? replacement, Expression? value) : Replacement
{
    public override bool Apply(Evaluation.Evaluation evaluation, EvaluationScope scope, RegoValue?[] slots)
    {
        if ((replacement ?? value!.Evaluate(evaluation, slots)) is not { } result)
        {
            return false;
        }

        scope.ReplacedFunctions = new Dictionary<object, object>(scope.ReplacedFunctions ?? [], ReferenceEqualityComparer.Instance)
        {
            [function] = result,
        };
        return true;
    }
}
