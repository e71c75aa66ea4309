using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>The names that a body mentions itself, outside the closures in it.</summary>
internal sealed class DirectNames : TermRewriter
{
    private readonly HashSet<string> names = [];

    private DirectNames()
    {
    }

    public static IReadOnlySet<string> Of(Body? body, params IEnumerable<Term?> heads)
    {
        var collector = new DirectNames();
        if (body is not null)
        {
            collector.Rewrite(body);
        }

        foreach (var head in heads)
        {
            if (head is not null)
            {
                collector.Rewrite(head);
            }
        }

        return collector.names;
    }

    public override Term Rewrite(Term term)
    {
        if (term is NameTerm name)
        {
            names.Add(name.Name);
        }

        return base.Rewrite(term);
    }

    public override Literal Rewrite(Literal literal)
    {
        switch (literal)
        {
            case EveryLiteral every:
                Rewrite(every.Domain);
                return literal;
            case NotLiteral { Enclosing: true }:
                return literal;
            default:
                return base.Rewrite(literal);
        }
    }

    protected override ComprehensionTerm RewriteComprehension(ComprehensionTerm comprehension) => comprehension;
}
