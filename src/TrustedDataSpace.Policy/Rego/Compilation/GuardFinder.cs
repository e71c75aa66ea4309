using TrustedDataSpace.Policy.Rego.Plan;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Finds in a body the conditions that compare a part of the input or of an argument with constants. They may be tried before the
/// body runs: where they do not hold, it cannot succeed.
/// </summary>
internal static class GuardFinder
{
    public static IReadOnlyList<Guard> Find(PlanContext context, ResolvedRule rule, Frame frame)
    {
        // If the body fails, an else takes over: it must run.
        if (rule.Else is not null)
        {
            return [];
        }

        var guards = new List<Guard>();
        foreach (var literal in rule.Body.Literals.Where(literal => literal.With.Count == 0))
        {
            var (reference, values) = literal switch
            {
                UnifyLiteral unify => Equality(context, unify.Left, unify.Right),
                TermLiteral { Term: BuiltinCallTerm { Builtin.Name: "equal" or "eq", Arguments: [var left, var right] } } => Equality(context, left, right),
                TermLiteral { Term: BuiltinCallTerm { Builtin.Name: "internal.member_2", Arguments: [var member, var collection] } } =>
                    (member, context.ConstantOf(collection) switch
                    {
                        RegoArray array => array,
                        RegoSet set => set.Items.ToList(),
                        _ => null,
                    }),
                _ => (null, null),
            };
            if (reference is not null && values is not null && Locate(context, rule, frame, reference) is { } place)
            {
                guards.Add(new Guard(place.Key, place.Expression, values, literal));
            }
        }

        return guards;
    }

    private static (Term? Reference, IReadOnlyList<RegoValue>? Values) Equality(PlanContext context, Term left, Term right) =>
        context.ConstantOf(right) is { } value ? (left, [value]) : context.ConstantOf(left) is { } other ? (right, [other]) : (null, null);

    private static (string Key, Expression Expression)? Locate(PlanContext context, ResolvedRule rule, Frame frame, Term term)
    {
        var (head, path) = term is RefTerm reference ? (reference.Head, reference.Path) : (term, []);
        var argument = head is LocalTerm local ? rule.Arguments.ToList().IndexOf(local.Variable) : -1;
        var isInput = head is RootTerm { Root: DocumentRoot.Input };
        if ((argument < 0 && !isInput) || path.Any(step => step is not ConstantTerm))
        {
            return null;
        }

        var key = isInput ? "input" : $"argument {argument}";
        Expression expression = isInput ? new InputExpression() : new SlotExpression(frame.SlotOf(((LocalTerm)head).Variable));
        foreach (var step in path.Cast<ConstantTerm>())
        {
            key += " " + step.Value;
            expression = PathExpression.Of(expression, context.Share(step.Value));
        }

        return (key, expression);
    }
}
