using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Copies a tree; a stage overrides what it changes.</summary>
internal abstract class TermRewriter
{
    public virtual Term Rewrite(Term term) => term switch
    {
        RefTerm reference => reference with { Head = Rewrite(reference.Head), Path = Rewrite(reference.Path) },
        ArrayTerm array => array with { Items = Rewrite(array.Items) },
        SetTerm set => set with { Items = Rewrite(set.Items) },
        ObjectTerm @object => @object with { Entries = [.. @object.Entries.Select(entry => (Rewrite(entry.Key), Rewrite(entry.Value)))] },
        CallTerm call => call with { Arguments = Rewrite(call.Arguments) },
        FunctionCallTerm call => call with { Arguments = Rewrite(call.Arguments) },
        BuiltinCallTerm call => call with { Arguments = Rewrite(call.Arguments) },
        ComprehensionTerm comprehension => RewriteComprehension(comprehension),
        TemplateTerm template => template with
        {
            Parts = [.. template.Parts.Select(part => part.Expression is null ? part : part with { Expression = RewriteComprehension(part.Expression) })],
        },
        _ => term,
    };

    public IReadOnlyList<Term> Rewrite(IReadOnlyList<Term> terms) => [.. terms.Select(Rewrite)];

    public virtual Literal Rewrite(Literal literal) => RewriteParts(literal) with { With = [.. literal.With.Select(Rewrite)] };

    public virtual Body Rewrite(Body body) => body with { Literals = [.. body.Literals.Select(Rewrite)] };

    protected virtual ComprehensionTerm RewriteComprehension(ComprehensionTerm comprehension)
    {
        var body = Rewrite(comprehension.Body);
        return comprehension with
        {
            Key = comprehension.Key is null ? null : Rewrite(comprehension.Key),
            Value = Rewrite(comprehension.Value),
            Body = body,
        };
    }

    protected virtual WithModifier Rewrite(WithModifier modifier) =>
        modifier with { Target = Rewrite(modifier.Target), Value = Rewrite(modifier.Value) };

    private Literal RewriteParts(Literal literal) => literal switch
    {
        TermLiteral condition => condition with { Term = Rewrite(condition.Term) },
        UnifyLiteral unify => unify with { Left = Rewrite(unify.Left), Right = Rewrite(unify.Right) },
        AssignLiteral assign => assign with { Pattern = Rewrite(assign.Pattern), Value = Rewrite(assign.Value) },
        SomeInLiteral some => some with
        {
            Key = some.Key is null ? null : Rewrite(some.Key),
            Value = Rewrite(some.Value),
            Domain = Rewrite(some.Domain),
        },
        EveryLiteral every => every with
        {
            Key = every.Key is null ? null : Rewrite(every.Key),
            Value = Rewrite(every.Value),
            Domain = Rewrite(every.Domain),
            Body = Rewrite(every.Body),
        },
        NotLiteral not => not with { Body = Rewrite(not.Body) },
        _ => literal,
    };
}
