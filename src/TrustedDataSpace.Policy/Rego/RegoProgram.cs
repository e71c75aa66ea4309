using TrustedDataSpace.Policy.Rego.Compilation;
using TrustedDataSpace.Policy.Rego.Syntax;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>Compiled modules with their base documents. Immutable; many threads may use one.</summary>
public sealed class RegoProgram
{
    private readonly Compilation.Compilation compilation;
    private readonly PlanContext plan;
    private readonly RegoValue data;

    internal RegoProgram(Compilation.Compilation compilation, PlanContext plan, RegoValue data)
    {
        (this.compilation, this.plan, this.data) = (compilation, plan, data);
        RulePaths = [.. compilation.Groups.Select(group => group.Node.Path).Order(StringComparer.Ordinal)];
    }

    /// <summary>The path of every rule and function, such as <c>data.tds.decision</c>.</summary>
    public IReadOnlyList<string> RulePaths { get; }

    internal IEnumerable<RuleGroup> Groups => compilation.Groups;

    internal Probes? Probes => compilation.Probes;

    /// <summary>Prepares the evaluation of one document, such as <c>data.tds.decision</c>.</summary>
    /// <exception cref="RegoCompileException">The text is not a path under <c>data</c>.</exception>
    public PreparedQuery Prepare(string path)
    {
        var source = new RegoSource("query", path);
        var parsed = QueryStage.Parse(new Compilation.Compilation([source]) { Builtins = compilation.Builtins }, source);
        if (parsed.Literals is not [TermLiteral { Term: RefTerm or NameTerm }])
        {
            throw new RegoCompileException([new RegoError(ErrorCodes.Compile, "expected a path such as data.tds.decision", new("query", 1, 1), path)]);
        }

        return new PreparedQuery(Query("result = " + path), plan.Names);
    }

    /// <summary>Prepares a query in Rego, such as <c>some x; data.pilot.members[x]</c>.</summary>
    /// <exception cref="RegoCompileException">With all errors that were found.</exception>
    public RegoQuery Query(string text) => new(QueryStage.Run(compilation, plan, new RegoSource("query", text)), data, plan.RuleCount);
}
