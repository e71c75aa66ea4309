namespace TrustedDataSpace.Policy.Rego;

/// <summary>An evaluation that ended without a result.</summary>
public sealed class RegoEvaluationException : Exception
{
    /// <summary>Two rules give different values.</summary>
    public const string Conflict = "eval_conflict_error";

    /// <summary>A builtin failed; only with strict errors.</summary>
    public const string Builtin = "eval_builtin_error";

    /// <summary>A builtin got an operand of a type it does not take; only with strict errors.</summary>
    public const string Type = "eval_type_error";

    /// <summary>The evaluation used more than its limits allow.</summary>
    public const string Budget = "budget_exceeded";

    internal RegoEvaluationException(string code, string message, SourceLocation location)
        : base($"{location.File}:{location.Line}: {code}: {message}") => (Code, Location) = (code, location);

    /// <summary>The kind of error.</summary>
    public string Code { get; }

    /// <summary>The rule or the call that failed.</summary>
    public SourceLocation Location { get; }
}
