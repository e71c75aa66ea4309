using TrustedDataSpace.Policy.Rego.Builtins;
using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>A call of a builtin.</summary>
internal sealed class BuiltinCallExpression(Builtin builtin, Expression[] arguments, SourceLocation location) : Expression
{
    private readonly Operand[] arguments = Operand.All(arguments);

    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (CallArguments.Evaluate(evaluation, slots, arguments) is not { } values)
        {
            return null;
        }

        return evaluation.Scope.ReplacedFunctions is { } replaced && replaced.TryGetValue(builtin, out var replacement)
            ? Replacements.Call(evaluation, replacement, values, location)
            : Invoke(evaluation, builtin, values, location);
    }

    public static RegoValue? Invoke(Evaluation.Evaluation evaluation, Builtin builtin, RegoValue[] arguments, SourceLocation location)
    {
        try
        {
            var result = builtin.Function(new BuiltinCall(evaluation, arguments));
            evaluation.SpendOn(result);
            return result;
        }
        catch (Exception error) when (error is BuiltinException or OverflowException)
        {
            var code = (error as BuiltinException)?.Code ?? RegoEvaluationException.Builtin;
            return evaluation.StrictBuiltinErrors
                ? throw new RegoEvaluationException(code, $"{builtin.DisplayName}: {error.Message}", location)
                : null;
        }
    }
}

/// <summary>A call of a builtin that has a short cut for its usual operands.</summary>
internal sealed class QuickCallExpression(Builtin builtin, Expression first, Expression? second, Expression complete, SourceLocation location) : Expression
{
    private readonly QuickFunction quick = builtin.Quick!;
    private readonly Operand first = first;
    private readonly Operand other = second ?? first;
    private readonly bool isBinary = second is not null;

    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (evaluation.Scope.ReplacedFunctions is not null)
        {
            return complete.Evaluate(evaluation, slots);
        }

        if (first.Evaluate(evaluation, slots) is not { } x)
        {
            return null;
        }

        if (!isBinary)
        {
            return quick(x, null) ?? BuiltinCallExpression.Invoke(evaluation, builtin, [x], location);
        }

        return other.Evaluate(evaluation, slots) is { } y
            ? quick(x, y) ?? BuiltinCallExpression.Invoke(evaluation, builtin, [x, y], location)
            : null;
    }
}

/// <summary>A call of a function that is defined by rules.</summary>
internal sealed class FunctionCallExpression(FunctionPlan function, Expression[] arguments, SourceLocation location) : Expression
{
    private readonly Operand[] arguments = Operand.All(arguments);
    private readonly bool mayBeKept = function.IsSelfContained && arguments.Length == 1;

    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (mayBeKept && evaluation.MayKeep)
        {
            return arguments[0].Evaluate(evaluation, slots) is { } argument ? FindOrCall(evaluation, argument) : null;
        }

        if (evaluation.Scope.ReplacedFunctions is { } replaced && replaced.TryGetValue(function, out var replacement))
        {
            return CallArguments.Evaluate(evaluation, slots, arguments) is { } values
                ? Replacements.Call(evaluation, replacement, values, location)
                : null;
        }

        var frame = evaluation.Rent(function.Definitions.FrameSize);
        RegoValue? result = null;
        var isComplete = true;
        for (var i = 0; i < arguments.Length && isComplete; i++)
        {
            var argument = arguments[i].Evaluate(evaluation, slots);
            frame.Put(i + 1, argument);
            isComplete = argument is not null;
        }

        if (isComplete)
        {
            result = function.CallInFrame(evaluation, frame, arguments.Length);
        }

        evaluation.Return(frame);
        return result;
    }

    private RegoValue? FindOrCall(Evaluation.Evaluation evaluation, RegoValue argument)
    {
        var kept = (argument as RegoObject)?.Kept;
        if (kept?.Find(function) is { } known)
        {
            return ReferenceEquals(known, Undefined.Instance) ? null : known;
        }

        var frame = evaluation.Rent(function.Definitions.FrameSize);
        frame.Put(1, argument);
        var result = function.CallInFrame(evaluation, frame, 1);
        evaluation.Return(frame);
        kept?.Keep(function, result ?? Undefined.Instance);
        return result;
    }
}

internal static class CallArguments
{
    /// <summary>The values of all arguments; null if one is undefined.</summary>
    public static RegoValue[]? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots, Operand[] arguments)
    {
        var values = new RegoValue[arguments.Length];
        for (var i = 0; i < values.Length; i++)
        {
            if (arguments[i].Evaluate(evaluation, slots) is not { } value)
            {
                return null;
            }

            values.Put(i, value);
        }

        return values;
    }
}

/// <summary>What <c>with</c> put in the place of a function: a value, a function or a builtin.</summary>
internal static class Replacements
{
    public static RegoValue? Call(Evaluation.Evaluation evaluation, object replacement, RegoValue[] arguments, SourceLocation location)
    {
        if (replacement is RegoValue value)
        {
            return value;
        }

        // The replacement itself sees the original functions: it may call what it replaces.
        var scope = evaluation.Scope;
        var inner = evaluation.NewScope();
        inner.ReplacedFunctions = null;
        evaluation.Scope = inner;
        var result = replacement is FunctionPlan function
            ? function.Call(evaluation, arguments)
            : BuiltinCallExpression.Invoke(evaluation, (Builtin)replacement, arguments, location);
        evaluation.Scope = scope;
        return result;
    }
}
