using System.Text.Json;
using TrustedDataSpace.Policy.Rego.Compilation;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>What became of one test rule.</summary>
/// <param name="Name">The path of the rule, such as <c>data.tds.decision_test.test_unknown_term</c>.</param>
/// <param name="Passed">Whether the rule was defined and not false, in all its entries if it has several.</param>
/// <param name="Location">The first definition of the rule.</param>
/// <param name="Message">Why it failed; null if it passed.</param>
public sealed record RegoTestResult(string Name, bool Passed, SourceLocation Location, string? Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Location}: {Name}: {(Passed ? "pass" : "FAIL: " + Message)}";
}

/// <summary>Runs the rules named <c>test_*</c>, as <c>opa test</c> does.</summary>
public static class RegoTestRunner
{
    /// <summary>Compiles the modules and runs every test rule in them.</summary>
    /// <exception cref="RegoCompileException">With all errors that were found.</exception>
    public static IReadOnlyList<RegoTestResult> Run(IReadOnlyList<RegoSource> modules, JsonElement? data = null)
    {
        var program = RegoCompiler.Compile(modules, data);
        return [.. program.Groups.Where(IsTest).Select(group => Run(program, group, EvaluationOptions.Default)).OrderBy(result => result.Name, StringComparer.Ordinal)];
    }

    internal static bool IsTest(RuleGroup group) =>
        group.Kind is not RuleKind.Function && group.Node.Key.Value.StartsWith("test_", StringComparison.Ordinal);

    internal static RegoTestResult Run(RegoProgram program, RuleGroup group, EvaluationOptions options, CancellationToken ct = default)
    {
        string? failure;
        try
        {
            failure = Explain(program.Prepare(group.Node.Path).Evaluate(null, options, ct));
        }
        catch (RegoEvaluationException error)
        {
            failure = error.Message;
        }

        return new RegoTestResult(group.Node.Path, failure is null, group.Location, failure);
    }

    private static string? Explain(RegoValue? value) => value switch
    {
        null => "the rule is undefined",
        RegoBoolean { Value: false } => "the rule is false",
        RegoObject cases when cases.Entries.FirstOrDefault(entry => !entry.Value.IsTruthy) is { Key: { } key } => $"the case {key} is false",
        _ => null,
    };
}
