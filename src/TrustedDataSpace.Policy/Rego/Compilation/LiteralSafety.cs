using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>What a condition binds, in two steps: by iterating its references, then by matching.</summary>
internal sealed record LiteralOutputs(IReadOnlyCollection<LocalVariable> Iterated, IReadOnlyCollection<LocalVariable> Bound);

/// <summary>Decides whether a condition can run once certain variables are bound.</summary>
internal static class LiteralSafety
{
    /// <summary>What the condition binds if it can run now; null if it cannot.</summary>
    public static LiteralOutputs? Outputs(Literal literal, IReadOnlySet<LocalVariable> bound)
    {
        if (!Variables.Of(literal.With.Select(modifier => modifier.Value)).Satisfied(bound))
        {
            return null;
        }

        return literal switch
        {
            TermLiteral { Term: FunctionCallTerm call } when call.Arguments.Count > call.Function.Arity => Call(call.Arguments, bound),
            TermLiteral { Term: BuiltinCallTerm call } when call.Arguments.Count > call.Builtin.Arity => Call(call.Arguments, bound),
            TermLiteral condition => Condition(Variables.Of(condition.Term), bound),
            UnifyLiteral unify => Unification(unify.Left, unify.Right, bound),
            AssignLiteral assign => Matching(assign.Value, [assign.Pattern], bound),
            SomeInLiteral some => Matching(some.Domain, [some.Value, some.Key], bound),
            _ => NeedsOf(literal).Needs.IsSubsetOf(bound) ? new LiteralOutputs([], []) : null,
        };
    }

    /// <summary>The variables for want of which the condition can never run.</summary>
    public static IEnumerable<LocalVariable> Missing(Literal literal, IReadOnlySet<LocalVariable> bound)
    {
        var all = NeedsOf(literal).Needs;
        var missing = all.Where(variable => !bound.Contains(variable)).ToList();
        if (literal is NotLiteral or EveryLiteral)
        {
            return missing;
        }

        var yields = YieldsOf(literal);
        var hard = missing.Where(variable => !yields.Contains(variable)).ToList();
        return hard.Count > 0 ? hard : missing;
    }

    private static Variables NeedsOf(Literal literal)
    {
        var variables = new Variables();
        variables.AddEverything(literal);
        return variables;
    }

    private static HashSet<LocalVariable> YieldsOf(Literal literal) => literal switch
    {
        TermLiteral condition => Variables.Of(condition.Term).Yields,
        UnifyLiteral unify => Variables.Of(unify.Left, unify.Right).Yields,
        AssignLiteral assign => [.. Variables.Of(assign.Value).Yields, .. Variables.BoundBy(assign.Pattern)],
        SomeInLiteral some => [.. Variables.Of(some.Domain).Yields, .. Variables.BoundBy(some.Value)],
        _ => [],
    };

    private static LiteralOutputs? Condition(Variables variables, IReadOnlySet<LocalVariable> bound) =>
        variables.Satisfied(bound) ? new LiteralOutputs(variables.Yields, []) : null;

    /// <summary>A call with one argument too many: the last is matched with the result.</summary>
    private static LiteralOutputs? Call(IReadOnlyList<Term> arguments, IReadOnlySet<LocalVariable> bound) =>
        Matching(new ArrayTerm(arguments[0].Location, [.. arguments.Take(arguments.Count - 1)]), [arguments[^1]], bound);

    private static LiteralOutputs? Matching(Term value, IEnumerable<Term?> patterns, IReadOnlySet<LocalVariable> bound)
    {
        var input = Variables.Of(value);
        if (!input.Satisfied(bound))
        {
            return null;
        }

        var outputs = patterns.OfType<Term>().SelectMany(Variables.BoundBy).ToHashSet();
        var pattern = Variables.Of(patterns);
        var known = new HashSet<LocalVariable>([.. bound, .. input.Yields, .. outputs]);
        return pattern.Satisfied(known) ? new LiteralOutputs([.. input.Yields, .. pattern.Yields], outputs) : null;
    }

    private static LiteralOutputs? Unification(Term left, Term right, IReadOnlySet<LocalVariable> bound)
    {
        var all = Variables.Of(left, right);
        var iterated = IteratedBy(left, right, bound);
        var known = new HashSet<LocalVariable>([.. bound, .. iterated]);
        var before = -1;
        while (before != known.Count)
        {
            before = known.Count;
            Unify(left, right, known);
            // A reference whose head has just been bound can be iterated too.
            known.UnionWith(IteratedBy(left, right, known));
        }

        return all.Needs.IsSubsetOf(known) && all.Yields.IsSubsetOf(known)
            ? new LiteralOutputs(iterated, [.. known.Where(variable => !bound.Contains(variable))])
            : null;
    }

    private static HashSet<LocalVariable> IteratedBy(Term left, Term right, IReadOnlySet<LocalVariable> bound)
    {
        var iterated = new HashSet<LocalVariable>();
        foreach (var reference in References.Outermost(left).Concat(References.Outermost(right)))
        {
            var variables = Variables.Of(reference);
            if (variables.Satisfied(bound))
            {
                iterated.UnionWith(variables.Yields);
            }
        }

        return iterated;
    }

    private static void Unify(Term left, Term right, HashSet<LocalVariable> known)
    {
        if (left is ArrayTerm first && right is ArrayTerm second)
        {
            foreach (var (x, y) in first.Items.Zip(second.Items))
            {
                Unify(x, y, known);
            }
        }
        else if (left is ObjectTerm one && right is ObjectTerm other)
        {
            foreach (var (key, value) in one.Entries)
            {
                foreach (var match in other.Entries.Where(entry => SameKey(entry.Key, key)))
                {
                    Unify(value, match.Value, known);
                }
            }
        }
        else
        {
            BindIfKnown(left, right, known);
            BindIfKnown(right, left, known);
        }
    }

    /// <summary>Whether two keys are certainly the same.</summary>
    public static bool SameKey(Term x, Term y) => (x, y) switch
    {
        (ConstantTerm one, ConstantTerm other) => one.Value.Equals(other.Value),
        (LocalTerm one, LocalTerm other) => ReferenceEquals(one.Variable, other.Variable),
        _ => false,
    };

    private static void BindIfKnown(Term pattern, Term value, HashSet<LocalVariable> known)
    {
        if (Variables.Of(value).Satisfied(known))
        {
            known.UnionWith(Variables.BoundBy(pattern));
        }
    }
}
