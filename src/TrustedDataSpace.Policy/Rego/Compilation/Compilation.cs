using TrustedDataSpace.Policy.Rego.Builtins;
using TrustedDataSpace.Policy.Rego.Syntax;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>What the stages of one compilation read and write.</summary>
internal sealed class Compilation(IReadOnlyList<RegoSource> sources, RuleNode? root = null)
{
    private readonly List<RegoError> errors = [];

    public IReadOnlyList<RegoSource> Sources { get; } = sources;

    public required BuiltinRegistry Builtins { get; init; }

    public NameTable Names { get; init; } = new();

    public List<Module> Modules { get; } = [];

    public RuleNode Root { get; } = root ?? new(null, "data");

    public List<RuleGroup> Groups { get; } = [];

    /// <summary>Set when the program is compiled to be traced.</summary>
    public Probes? Probes { get; init; }

    public bool HasErrors => errors.Count > 0;

    public void Report(string code, SourceLocation location, string message)
    {
        var source = Sources.FirstOrDefault(candidate => candidate.FileName == location.File);
        var error = new RegoError(code, message, location, source?.Line(location.Line));
        if (!errors.Contains(error))
        {
            errors.Add(error);
        }
    }

    public void ThrowIfErrors()
    {
        if (HasErrors)
        {
            throw new RegoCompileException(
                [.. errors.OrderBy(error => error.Location.File, StringComparer.Ordinal).ThenBy(error => error.Location.Line).ThenBy(error => error.Location.Column)]);
        }
    }
}

/// <summary>The codes of compile errors, as OPA names them.</summary>
internal static class ErrorCodes
{
    public const string Parse = "rego_parse_error";
    public const string Compile = "rego_compile_error";
    public const string Type = "rego_type_error";
    public const string UnsafeVariable = "rego_unsafe_var_error";
    public const string Recursion = "rego_recursion_error";
}
