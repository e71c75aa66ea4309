using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Which variables a term or a condition mentions: those it <see cref="Needs"/>, and those that iterating its references
/// <see cref="Yields"/> (<c>xs[i]</c> yields <c>i</c>). Variables that live inside a closure do not count.
/// </summary>
internal sealed class Variables
{
    public HashSet<LocalVariable> Needs { get; } = [];

    public HashSet<LocalVariable> Yields { get; } = [];

    public static Variables Of(params IEnumerable<Term?> terms)
    {
        var variables = new Variables();
        foreach (var term in terms)
        {
            if (term is not null)
            {
                variables.Add(term);
            }
        }

        return variables;
    }

    /// <summary>The variables that a pattern binds when it is matched with a value.</summary>
    public static IEnumerable<LocalVariable> BoundBy(Term pattern) => pattern switch
    {
        LocalTerm local => [local.Variable],
        ArrayTerm array => array.Items.SelectMany(BoundBy),
        ObjectTerm @object => @object.Entries.SelectMany(entry => BoundBy(entry.Value)),
        _ => [],
    };

    public bool Satisfied(IReadOnlySet<LocalVariable> bound) => Needs.All(need => bound.Contains(need) || Yields.Contains(need));

    public void Add(Term term)
    {
        switch (term)
        {
            case LocalTerm local:
                Needs.Add(local.Variable);
                break;
            case RefTerm reference:
                AddReference(reference);
                break;
            case ArrayTerm array:
                AddAll(array.Items);
                break;
            case SetTerm set:
                AddAll(set.Items);
                break;
            case ObjectTerm @object:
                AddAll(@object.Entries.SelectMany(entry => new[] { entry.Key, entry.Value }));
                break;
            case FunctionCallTerm call:
                AddAll(call.Arguments);
                break;
            case BuiltinCallTerm call:
                AddAll(call.Arguments);
                break;
            case ComprehensionTerm comprehension:
                AddClosure(comprehension.Body, comprehension.Key, comprehension.Value);
                break;
            case TemplateTerm template:
                AddAll(template.Parts.Select(part => part.Expression).OfType<Term>());
                break;
        }
    }

    /// <summary>What a condition needs before it can run, if it may bind nothing itself.</summary>
    public void AddEverything(Literal literal)
    {
        foreach (var modifier in literal.With)
        {
            AddStrictly(modifier.Value);
        }

        switch (literal)
        {
            case TermLiteral condition:
                AddStrictly(condition.Term);
                break;
            case UnifyLiteral unify:
                AddStrictly(unify.Left);
                AddStrictly(unify.Right);
                break;
            case AssignLiteral assign:
                AddStrictly(assign.Pattern);
                AddStrictly(assign.Value);
                break;
            case SomeInLiteral some:
                AddStrictly(some.Domain);
                AddStrictly(some.Value);
                AddStrictly(some.Key);
                break;
            case EveryLiteral every:
                AddStrictly(every.Domain);
                AddClosure(every.Body);
                break;
            case NotLiteral { Enclosing: true } not:
                AddClosure(not.Body);
                break;
            case NotLiteral not:
                AddEverything(not.Body.Literals[0]);
                break;
        }
    }

    /// <summary>What a closure needs from outside.</summary>
    public void AddClosure(Body body, params IEnumerable<Term?> heads)
    {
        var inside = new Variables();
        foreach (var literal in body.Literals)
        {
            inside.AddEverything(literal);
        }

        foreach (var head in heads)
        {
            inside.AddStrictly(head);
        }

        Needs.UnionWith(inside.Needs.Where(variable => !variable.Scope.IsWithin(body.Scope!)));
    }

    private void AddStrictly(Term? term)
    {
        if (term is not null)
        {
            var variables = Of(term);
            Needs.UnionWith(variables.Needs);
            Needs.UnionWith(variables.Yields);
        }
    }

    private void AddAll(IEnumerable<Term> terms)
    {
        foreach (var term in terms)
        {
            Add(term);
        }
    }

    private void AddReference(RefTerm reference)
    {
        Add(reference.Head);
        foreach (var step in reference.Path)
        {
            var bound = BoundBy(step).ToHashSet();
            Yields.UnionWith(bound);
            var all = Of(step);
            Yields.UnionWith(all.Yields);
            Needs.UnionWith(all.Needs.Where(variable => !bound.Contains(variable)));
        }
    }
}
