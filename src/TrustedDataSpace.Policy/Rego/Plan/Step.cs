using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>
/// One step of a body. A step runs the next one for each way in which it can succeed, so that nested iteration is plain nested calls;
/// the last one takes the solution. Linked once when the plan is built, then never changed.
/// </summary>
internal abstract class Step
{
    public Step Next { get; set; } = null!;

    /// <summary>True if no further solutions are wanted.</summary>
    public abstract bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots);
}

/// <summary>The expression must be defined and not false.</summary>
internal sealed class TestStep(Expression condition) : Step
{
    public static Step Of(Expression condition) => condition is QuickCallExpression quick ? new QuickTestStep(quick) : new TestStep(condition);

    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots) =>
        condition.Evaluate(evaluation, slots) is { IsTruthy: true } && Next.Execute(evaluation, slots);
}

/// <summary>A builtin must be defined and not false.</summary>
internal sealed class QuickTestStep(QuickCallExpression condition) : Step
{
    public QuickCallExpression Condition => condition;

    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots) =>
        condition.Evaluate(evaluation, slots) is { IsTruthy: true } && Next.Execute(evaluation, slots);
}

/// <summary>Several builtins, one after the other, must be defined and not false.</summary>
internal sealed class QuickTestsStep(QuickCallExpression[] conditions) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        foreach (var condition in conditions)
        {
            if (condition.Evaluate(evaluation, slots) is not { IsTruthy: true })
            {
                return false;
            }
        }

        return Next.Execute(evaluation, slots);
    }
}

/// <summary>Two values must be defined and equal.</summary>
internal sealed class EqualStep(Expression left, Expression right) : Step
{
    private readonly Operand left = left;
    private readonly Operand right = right;

    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots) =>
        left.Evaluate(evaluation, slots) is { } value && right.Evaluate(evaluation, slots) is { } other && value.Equals(other) &&
        Next.Execute(evaluation, slots);
}

/// <summary>Never succeeds.</summary>
internal sealed class FailStep : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots) => false;
}

/// <summary>Puts a value into a slot, if it is defined.</summary>
internal sealed class BindStep(int slot, Expression value) : Step
{
    public Expression Value => value;

    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (value.Evaluate(evaluation, slots) is not { } result)
        {
            return false;
        }

        slots.Put(slot, result);
        return Next.Execute(evaluation, slots);
    }
}

/// <summary>The value of a slot must be an array of this length.</summary>
internal sealed class ArrayShapeStep(int slot, int length) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots) =>
        slots[slot] is RegoArray array && array.Count == length && Next.Execute(evaluation, slots);
}

/// <summary>The value of a slot must be an object with this many members.</summary>
internal sealed class ObjectShapeStep(int slot, int count) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots) =>
        slots[slot] is RegoObject @object && @object.Count == count && Next.Execute(evaluation, slots);
}

/// <summary>The body must have no solution.</summary>
internal sealed class NotStep(Step body) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots) =>
        !body.Execute(evaluation, slots) && Next.Execute(evaluation, slots);
}

/// <summary>The expression must be undefined or false.</summary>
internal sealed class NotTestStep(Expression condition) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots) =>
        condition.Evaluate(evaluation, slots) is not { IsTruthy: true } && Next.Execute(evaluation, slots);
}

/// <summary>Opens the scope of a <c>with</c> for the steps up to <see cref="LeaveScopeStep"/>.</summary>
internal sealed class EnterScopeStep(Replacement[] replacements) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var outer = evaluation.Scope;
        var inner = evaluation.NewScope();
        foreach (var replacement in replacements)
        {
            if (!replacement.Apply(evaluation, inner, slots))
            {
                return false;
            }
        }

        evaluation.Scope = inner;
        var stop = Next.Execute(evaluation, slots);
        evaluation.Scope = outer;
        return stop;
    }
}

/// <summary>Goes on outside the scope of a <c>with</c>, and back into it for its next solution.</summary>
internal sealed class LeaveScopeStep : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var inner = evaluation.Scope;
        evaluation.Scope = inner.Outer!;
        var stop = Next.Execute(evaluation, slots);
        evaluation.Scope = inner;
        return stop;
    }
}
