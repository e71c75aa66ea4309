using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Evaluates the operands of a plain negation before it, as OPA does: <c>not f(input.x)</c> fails if <c>input.x</c> is undefined.
/// (The two sides of an equality stay inside: <c>not input.x == 1</c> succeeds then.)
/// </summary>
internal sealed class HoistStage : TermRewriter
{
    private int generated;

    public static void Run(Compilation compilation)
    {
        var stage = new HoistStage();
        foreach (var group in compilation.Groups)
        {
            for (var i = 0; i < group.Rules.Count; i++)
            {
                group.Rules[i] = stage.Rewrite(group.Rules[i]);
            }

            group.Default = group.Default is null ? null : stage.Rewrite(group.Default);
        }
    }

    public static Body HoistQuery(Body query) => new HoistStage().Rewrite(query);

    public override Body Rewrite(Body body)
    {
        var literals = new List<Literal>();
        foreach (var literal in body.Literals)
        {
            var rewritten = Rewrite(literal);
            literals.Add(rewritten is NotLiteral { Enclosing: false } not ? Hoist(not, body.Scope!, literals) : rewritten);
        }

        return body with { Literals = literals };
    }

    private ResolvedRule Rewrite(ResolvedRule rule) =>
        rule with { Body = Rewrite(rule.Body), Else = rule.Else is null ? null : Rewrite(rule.Else) };

    private NotLiteral Hoist(NotLiteral not, Scope scope, List<Literal> before)
    {
        Term One(Term term) => term switch
        {
            RefTerm or FunctionCallTerm or BuiltinCallTerm => Name(Inside(term)),
            _ => Inside(term),
        };

        Term Inside(Term term) => term switch
        {
            RefTerm reference => reference with
            {
                Head = reference.Head is RootTerm or LocalTerm ? reference.Head : One(reference.Head),
                Path = [.. reference.Path.Select(One)],
            },
            FunctionCallTerm call => call with { Arguments = [.. call.Arguments.Select(One)] },
            BuiltinCallTerm call => call with { Arguments = [.. call.Arguments.Select(One)] },
            ArrayTerm array => array with { Items = [.. array.Items.Select(One)] },
            SetTerm set => set with { Items = [.. set.Items.Select(One)] },
            ObjectTerm @object => @object with { Entries = [.. @object.Entries.Select(entry => (One(entry.Key), One(entry.Value)))] },
            _ => term,
        };

        // Not hoisted itself: a side of an equality that is a reference may be undefined.
        Term Side(Term term) => term is RefTerm ? Inside(term) : One(term);

        Term Name(Term term)
        {
            var local = new LocalTerm(term.Location, new LocalVariable($"__not{generated++}__", term.Location, scope) { IsGenerated = true });
            before.Add(new UnifyLiteral(term.Location, local, term) { With = not.With });
            return local;
        }

        Literal inner = not.Body.Literals[0] switch
        {
            TermLiteral { Term: BuiltinCallTerm { Builtin.Name: "equal" or "eq", Arguments: [var left, var right] } } equality =>
                new UnifyLiteral(equality.Location, Side(left), Side(right)),
            TermLiteral condition => condition with { Term = Inside(condition.Term) },
            UnifyLiteral unify => unify with { Left = Side(unify.Left), Right = Side(unify.Right) },
            var other => other,
        };
        return not with { Body = not.Body with { Literals = [inner] } };
    }
}
