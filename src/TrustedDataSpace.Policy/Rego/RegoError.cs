namespace TrustedDataSpace.Policy.Rego;

/// <summary>One thing that is wrong with a Rego module.</summary>
/// <param name="Code">The kind of error, in OPA's words (<c>rego_parse_error</c>, <c>rego_unsafe_var_error</c>, ...).</param>
/// <param name="Message">What is wrong, and what was expected.</param>
/// <param name="Location">Where.</param>
/// <param name="Line">The text of that line, if known.</param>
public sealed record RegoError(string Code, string Message, SourceLocation Location, string? Line)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Location}: {Code}: {Message}" + (Line is null ? "" : $"\n\t{Line.Trim()}");
}

/// <summary>Modules that do not compile: all errors found.</summary>
public sealed class RegoCompileException : Exception
{
    /// <summary>Makes the exception from at least one error.</summary>
    public RegoCompileException(IReadOnlyList<RegoError> errors)
        : base(string.Join('\n', errors)) => Errors = errors;

    /// <summary>Every error, in the order of the files.</summary>
    public IReadOnlyList<RegoError> Errors { get; }
}
