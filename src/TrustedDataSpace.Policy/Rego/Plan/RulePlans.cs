using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>The executable form of one definition; slot 0 takes its result, the next slots hold the arguments.</summary>
internal sealed record DefinitionPlan(Step Entry, int FrameSize, RegoValue? Constant, DefinitionPlan? Else);

/// <summary>The executable form of all definitions of a rule. Completed once when the program is built, then never changed.</summary>
internal abstract class RulePlan(int index, IReadOnlyList<RegoValue> path, SourceLocation location)
{
    public int Index { get; } = index;

    public IReadOnlyList<RegoValue> Path { get; } = path;

    protected SourceLocation Location { get; } = location;

    public DefinitionPlan[] Definitions { get; set; } = [];

    public DefinitionPlan? Default { get; set; }

    /// <summary>The value of the rule under the current scope, computed at most once; null if undefined.</summary>
    public RegoValue? Evaluate(Evaluation.Evaluation evaluation)
    {
        var results = evaluation.Scope.RuleResults;
        if (results[Index] is { } known)
        {
            return ReferenceEquals(known, Undefined.Instance) ? null : known;
        }

        evaluation.Enter(Location);
        var value = Compute(evaluation);
        results[Index] = value ?? Undefined.Instance;
        return value;
    }

    protected abstract RegoValue? Compute(Evaluation.Evaluation evaluation);
}

internal sealed class CompleteRulePlan(int index, IReadOnlyList<RegoValue> path, SourceLocation location) : RulePlan(index, path, location)
{
    public const string ConflictMessage = "complete rules must not produce multiple outputs";

    protected override RegoValue? Compute(Evaluation.Evaluation evaluation) =>
        OneValue.Of(evaluation, Definitions, Default, [], ConflictMessage, Location);
}

internal sealed class PartialSetPlan(int index, IReadOnlyList<RegoValue> path, SourceLocation location) : RulePlan(index, path, location)
{
    protected override RegoValue? Compute(Evaluation.Evaluation evaluation)
    {
        var members = new RegoSet();
        foreach (var definition in Definitions)
        {
            var slots = new RegoValue?[definition.FrameSize];
            slots[0] = members;
            definition.Entry.Execute(evaluation, slots);
        }

        return members;
    }
}

internal sealed class PartialObjectPlan(int index, IReadOnlyList<RegoValue> path, SourceLocation location) : RulePlan(index, path, location)
{
    protected override RegoValue? Compute(Evaluation.Evaluation evaluation)
    {
        var document = new PartialDocument();
        foreach (var definition in Definitions)
        {
            for (var branch = definition; branch is not null; branch = branch.Else)
            {
                var before = document.Additions;
                var slots = new RegoValue?[branch.FrameSize];
                slots[0] = document;
                branch.Entry.Execute(evaluation, slots);
                if (document.Additions > before)
                {
                    break;
                }
            }
        }

        return document.ToObject();
    }
}

internal sealed class FunctionPlan(int index, IReadOnlyList<RegoValue> path, SourceLocation location)
{
    public const string ConflictMessage = "functions must not produce multiple outputs for same inputs";

    public int Index { get; } = index;

    public IReadOnlyList<RegoValue> Path { get; } = path;

    public DefinitionPlan[] Definitions { get; set; } = [];

    public DefinitionPlan? Default { get; set; }

    /// <summary>The result for these arguments under the current scope, computed at most once; null if undefined.</summary>
    public RegoValue? Call(Evaluation.Evaluation evaluation, RegoValue[] arguments)
    {
        var results = evaluation.Scope.CallResults;
        var key = new CallKey(this, arguments);
        if (results.TryGetValue(key, out var known))
        {
            return ReferenceEquals(known, Undefined.Instance) ? null : known;
        }

        evaluation.Enter(location);
        var value = OneValue.Of(evaluation, Definitions, Default, arguments, ConflictMessage, location);
        results[key] = value ?? Undefined.Instance;
        return value;
    }
}

/// <summary>Evaluates definitions that must agree on one value.</summary>
internal static class OneValue
{
    public static RegoValue? Of(
        Evaluation.Evaluation evaluation,
        DefinitionPlan[] definitions,
        DefinitionPlan? otherwise,
        RegoValue[] arguments,
        string conflict,
        SourceLocation location)
    {
        RegoValue? result = null;
        foreach (var definition in definitions)
        {
            // A definition that can only give the value already found need not run.
            if (result is not null && definition.Else is null && definition.Constant is { } constant && constant.Equals(result))
            {
                continue;
            }

            var value = Run(evaluation, definition, arguments);
            if (value is not null && result is not null && !value.Equals(result))
            {
                throw new RegoEvaluationException(RegoEvaluationException.Conflict, conflict, location);
            }

            result ??= value;
        }

        return result ?? (otherwise is null ? null : Run(evaluation, otherwise, arguments));
    }

    private static RegoValue? Run(Evaluation.Evaluation evaluation, DefinitionPlan definition, RegoValue[] arguments)
    {
        for (var branch = definition; branch is not null; branch = branch.Else)
        {
            var slots = new RegoValue?[branch.FrameSize];
            arguments.CopyTo(slots, 1);
            branch.Entry.Execute(evaluation, slots);
            if (slots[0] is { } value)
            {
                return value;
            }
        }

        return null;
    }
}
