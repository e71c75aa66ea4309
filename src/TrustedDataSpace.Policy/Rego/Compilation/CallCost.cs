using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Estimates what a call of a function costs. A small one, without iteration and with few calls below it, is quicker to repeat than to
/// look up among the results that are known; the bound keeps calls of calls from multiplying.
/// </summary>
internal sealed class CallCost(Dictionary<RuleGroup, int> known) : TermRewriter
{
    /// <summary>Terms and conditions, those of called functions included.</summary>
    private const int Small = 150;

    private const int Large = Small * 1000;

    private readonly HashSet<LocalVariable> arguments = [];
    private int cost;

    public static bool IsSmall(RuleGroup function, Dictionary<RuleGroup, int> known) => Of(function, known) <= Small;

    public override Literal Rewrite(Literal literal)
    {
        cost += literal is EveryLiteral or SomeInLiteral || literal.With.Count > 0 ? Large : 1;
        return base.Rewrite(literal);
    }

    public override Term Rewrite(Term term)
    {
        cost += term switch
        {
            ComprehensionTerm or TemplateTerm => Large,
            BuiltinCallTerm { Builtin: { Quick: null } } => Large,
            FunctionCallTerm call => Of(call.Function, known),
            RefTerm reference when reference.Path.Any(step => step is LocalTerm local && !arguments.Contains(local.Variable)) => Large,
            ConstantTerm or LocalTerm => 0,
            _ => 1,
        };
        return cost > Large ? term : base.Rewrite(term);
    }

    private static int Of(RuleGroup function, Dictionary<RuleGroup, int> known)
    {
        if (known.TryGetValue(function, out var cost))
        {
            return cost;
        }

        // Recursion is refused elsewhere; here it must only end.
        known[function] = Large;
        var total = 0;
        foreach (var definition in function.Rules.Append(function.Default).OfType<ResolvedRule>())
        {
            for (var rule = definition; rule is not null; rule = rule.Else)
            {
                var visitor = new CallCost(known);
                visitor.arguments.UnionWith(rule.Arguments);
                visitor.Rewrite(rule.Body);
                visitor.Rewrite(rule.Value);
                total = Math.Min(Large, total + Math.Min(Large, visitor.cost));
            }
        }

        return known[function] = total;
    }
}
