namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Computes a builtin; null for undefined.</summary>
internal delegate RegoValue? BuiltinFunction(BuiltinCall call);

/// <summary>Computes a builtin of one or two operands without a state; null where <see cref="BuiltinFunction"/> has to decide.</summary>
internal delegate RegoValue? QuickFunction(RegoValue x, RegoValue? y);

/// <summary>A function that is part of the language.</summary>
internal sealed record Builtin(string Name, int Arity, BuiltinFunction Function)
{
    /// <summary>The name in error messages, where OPA uses another one.</summary>
    public string DisplayName { get; init; } = Name;

    /// <summary>A short cut for the usual operands; cheap, too.</summary>
    public QuickFunction? Quick { get; init; }

    /// <summary>Whether the result is an array of solutions, of which each is tried.</summary>
    public bool IsRelation { get; init; }

    /// <summary>A function of two operands of any type.</summary>
    public static Builtin OfTwo(string name, QuickFunction function) => new(name, 2, call => function(call[0], call[1])) { Quick = function };
}

/// <summary>A builtin that cannot compute a result: undefined, or the end of the evaluation if errors are strict.</summary>
internal sealed class BuiltinException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;

    public static BuiltinException Failed(string message) => new(RegoEvaluationException.Builtin, message);

    public static BuiltinException WrongType(int operand, string expected, string actual) =>
        new(RegoEvaluationException.Type, $"operand {operand + 1} must be {expected} but got {actual}");
}
