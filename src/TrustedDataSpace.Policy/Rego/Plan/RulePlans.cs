using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>
/// The executable form of one definition. One whose value is a constant says only whether it holds; any other puts its value into slot 0.
/// The next slots hold the arguments.
/// </summary>
internal sealed record DefinitionPlan(Step Entry, int FrameSize, RegoValue? Constant, DefinitionPlan? Else)
{
    /// <summary>Conditions that can be tried before the definition is entered; none if it has an else.</summary>
    public IReadOnlyList<Guard> Guards { get; init; } = [];

    /// <summary>The value, if it depends on no condition.</summary>
    public Expression? Unconditional { get; init; }

    /// <summary>The same definition without conditions that are known to hold.</summary>
    public required Func<IReadOnlyList<Guard>, DefinitionPlan> Assuming { get; init; }

    public int LargestFrame => Math.Max(FrameSize, Else?.LargestFrame ?? 0);
}

/// <summary>The definitions of one rule or function, and how to find those that matter.</summary>
internal sealed class DefinitionSet(DefinitionPlan[] definitions, DefinitionPlan? @default)
{
    public static readonly DefinitionSet None = new([], null);

    private readonly RuleIndex index = RuleIndex.Of(definitions);

    public DefinitionPlan? Default { get; } = @default;

    /// <summary>A frame of this size serves all definitions, one after the other.</summary>
    public int FrameSize => Math.Max(index.LargestFrame, Default?.LargestFrame ?? 1);

    public DefinitionPlan[] Candidates(Evaluation.Evaluation evaluation, RegoValue?[] slots) => index.Candidates(evaluation, slots);
}

/// <summary>The executable form of all definitions of a rule. Completed once when the program is built, then never changed.</summary>
internal abstract class RulePlan(int index, IReadOnlyList<RegoValue> path, SourceLocation location)
{
    public int Index { get; } = index;

    public IReadOnlyList<RegoValue> Path { get; } = path;

    protected SourceLocation Location { get; } = location;

    public DefinitionSet Definitions { get; set; } = DefinitionSet.None;

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
        results.Put(Index, value ?? Undefined.Instance);
        return value;
    }

    protected abstract RegoValue? Compute(Evaluation.Evaluation evaluation);
}

internal sealed class CompleteRulePlan(int index, IReadOnlyList<RegoValue> path, SourceLocation location) : RulePlan(index, path, location)
{
    public const string ConflictMessage = "complete rules must not produce multiple outputs";

    protected override RegoValue? Compute(Evaluation.Evaluation evaluation)
    {
        var slots = evaluation.Rent(Definitions.FrameSize);
        var value = OneValue.Of(evaluation, Definitions, slots, ConflictMessage, Location);
        evaluation.Return(slots);
        return value;
    }
}

internal sealed class PartialSetPlan(int index, IReadOnlyList<RegoValue> path, SourceLocation location) : RulePlan(index, path, location)
{
    protected override RegoValue? Compute(Evaluation.Evaluation evaluation)
    {
        var members = new RegoSet();
        var slots = evaluation.Rent(Definitions.FrameSize);
        foreach (var definition in Definitions.Candidates(evaluation, slots))
        {
            slots.Put(0, members);
            definition.Entry.Execute(evaluation, slots);
        }

        evaluation.Return(slots);
        return members.Count == 0 ? RegoSet.Empty : members;
    }
}

internal sealed class PartialObjectPlan(int index, IReadOnlyList<RegoValue> path, SourceLocation location) : RulePlan(index, path, location)
{
    protected override RegoValue? Compute(Evaluation.Evaluation evaluation)
    {
        var document = new PartialDocument();
        var slots = evaluation.Rent(Definitions.FrameSize);
        foreach (var definition in Definitions.Candidates(evaluation, slots))
        {
            for (var branch = definition; branch is not null; branch = branch.Else)
            {
                var before = document.Additions;
                slots.Put(0, document);
                branch.Entry.Execute(evaluation, slots);
                if (document.Additions > before)
                {
                    break;
                }
            }
        }

        evaluation.Return(slots);
        return document.ToObject();
    }
}

internal sealed class FunctionPlan(int index, IReadOnlyList<RegoValue> path, SourceLocation location)
{
    /// <summary>
    /// A call that took fewer instructions is quicker to repeat than to find again. What is made of many such calls takes more, and is kept.
    /// </summary>
    private const int QuickCall = 64;

    public const string ConflictMessage = "functions must not produce multiple outputs for same inputs";

    public int Index { get; } = index;

    public IReadOnlyList<RegoValue> Path { get; } = path;

    /// <summary>Stands for the function where that outlives its program.</summary>
    public object Key { get; } = new();

    /// <summary>Whether the result follows from the arguments alone, where no <c>with</c> is around the call.</summary>
    public bool IsSelfContained { get; init; }

    public DefinitionSet Definitions { get; set; } = DefinitionSet.None;

    /// <summary>The result for these arguments under the current scope; null if undefined.</summary>
    public RegoValue? Call(Evaluation.Evaluation evaluation, RegoValue[] arguments)
    {
        var slots = evaluation.Rent(Definitions.FrameSize);
        arguments.CopyTo(slots, 1);
        var value = CallInFrame(evaluation, slots, arguments.Length);
        evaluation.Return(slots);
        return value;
    }

    /// <summary>The same for arguments that are in the function's frame, from slot 1 on.</summary>
    public RegoValue? CallInFrame(Evaluation.Evaluation evaluation, RegoValue?[] slots, int count)
    {
        var scope = evaluation.Scope;
        if (scope.MayKnow(this) && scope.Find(this, slots.AsSpan(1, count)) is { } known)
        {
            return ReferenceEquals(known, Undefined.Instance) ? null : known;
        }

        evaluation.Enter(location);
        var before = evaluation.Budget;
        var value = OneValue.Of(evaluation, Definitions, slots, ConflictMessage, location);
        if (before - evaluation.Budget > QuickCall)
        {
            scope.Keep(this, slots.AsSpan(1, count), value);
        }

        return value;
    }
}

/// <summary>Evaluates definitions that must agree on one value.</summary>
internal static class OneValue
{
    public static RegoValue? Of(
        Evaluation.Evaluation evaluation, DefinitionSet definitions, RegoValue?[] slots, string conflict, in SourceLocation location)
    {
        var candidates = definitions.Candidates(evaluation, slots);
        if (candidates.Length == 1 && definitions.Default is null)
        {
            return Run(evaluation, candidates[0], slots);
        }

        RegoValue? result = null;
        foreach (var definition in candidates)
        {
            // A definition that can only give the value already found need not run.
            if (result is not null && definition.Else is null && definition.Constant is { } constant && constant.Equals(result))
            {
                continue;
            }

            var value = Run(evaluation, definition, slots);
            if (value is not null && result is not null && !value.Equals(result))
            {
                throw new RegoEvaluationException(RegoEvaluationException.Conflict, conflict, location);
            }

            result ??= value;
        }

        return result ?? (definitions.Default is null ? null : Run(evaluation, definitions.Default, slots));
    }

    private static RegoValue? Run(Evaluation.Evaluation evaluation, DefinitionPlan definition, RegoValue?[] slots)
    {
        for (var branch = definition; branch is not null; branch = branch.Else)
        {
            if (branch.Unconditional is { } expression)
            {
                if (expression.Evaluate(evaluation, slots) is { } computed)
                {
                    return computed;
                }

                continue;
            }

            if (branch.Constant is { } constant)
            {
                if (branch.Entry.Execute(evaluation, slots))
                {
                    return constant;
                }

                continue;
            }

            slots.Put(0, null);
            branch.Entry.Execute(evaluation, slots);
            if (slots[0] is { } value)
            {
                return value;
            }
        }

        return null;
    }
}
