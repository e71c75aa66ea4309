using TrustedDataSpace.Policy.Rego.Compilation;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>
/// Puts probes into the plan of a program that is compiled to be traced. A program that is not has no probes, so tracing costs it nothing.
/// </summary>
internal sealed class Probes(IReadOnlyList<RegoSource> sources)
{
    private readonly Dictionary<string, RegoSource> sources = sources.DistinctBy(source => source.FileName).ToDictionary(source => source.FileName);
    private readonly List<TraceProbe> all = [];

    /// <summary>The probes of the modules. Queries are prepared later, by many threads, and have none.</summary>
    public IReadOnlyList<TraceProbe> All => all;

    public void BeginDefinition(BodyPlanner body, RuleGroup group, ResolvedRule rule)
    {
        var arguments = rule.Arguments.Select(argument => (TermText.Of(argument), body.Terms.Plan(new LocalTerm(argument.Location, argument)))).ToArray();
        body.Emit(new DefinitionStep(Add(ProbeKind.Definition, rule.Location, group.Node.Path), arguments));
    }

    public void EndDefinition(BodyPlanner body, RuleGroup group, ResolvedRule rule) =>
        body.Emit(new HeadStep(Add(ProbeKind.Head, rule.Location, group.Node.Path), body.Terms.Plan(rule.Member ?? rule.Value)));

    public void BeginCondition(BodyPlanner body, Literal literal)
    {
        if (sources.TryGetValue(literal.Location.File, out var source))
        {
            var start = Start(literal);
            body.Emit(new ConditionStep(Add(ProbeKind.Condition, start, SourceExcerpt.ConditionAt(source.Text, start)), Operands.Of(body, literal)));
        }
    }

    public void EndCondition(BodyPlanner body, Literal literal)
    {
        if (sources.ContainsKey(literal.Location.File))
        {
            body.Emit(new ConditionHoldsStep());
        }
    }

    private TraceProbe Add(ProbeKind kind, SourceLocation location, string text)
    {
        var probe = new TraceProbe(kind, location, text);
        all.Add(probe);
        return probe;
    }

    // An assignment and a binary operation are placed at their operator; people read them from their left side.
    private static SourceLocation Start(Literal literal) => literal switch
    {
        AssignLiteral assign => Leftmost(assign.Location, assign.Pattern),
        UnifyLiteral unify => Leftmost(Leftmost(unify.Location, unify.Left), unify.Right),
        TermLiteral condition => Leftmost(condition.Location, condition.Term),
        _ => literal.Location,
    };

    // On the same line only: the head of a reference that was imported is placed at the import.
    private static SourceLocation Leftmost(SourceLocation start, Term term)
    {
        var here = term.Location.File == start.File && term.Location.Line == start.Line && term.Location.Column < start.Column ? term.Location : start;
        return term switch
        {
            BuiltinCallTerm { Arguments: [var first, ..] } => Leftmost(here, first),
            RefTerm reference => Leftmost(here, reference.Head),
            _ => here,
        };
    }
}
