using TrustedDataSpace.Policy.Rego.Builtins;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Gives every name in the terms of one module its meaning: a variable, a document, a rule or a function.</summary>
internal sealed class NameResolver(Compilation compilation, BuiltinRegistry builtins, RuleNode? package, IReadOnlyDictionary<string, RefTerm> imports)
    : TermRewriter
{
    private int generated;

    /// <summary>The innermost scope at the place that is being resolved.</summary>
    public Scope Scope { get; private set; } = new(null, new HashSet<string>());

    /// <summary>Runs an action in a new scope inside the current one.</summary>
    public void InScope(IReadOnlySet<string> mentions, Action action)
    {
        var outer = Scope;
        Scope = new Scope(outer, mentions);
        action();
        Scope = outer;
    }

    public LocalVariable Generate(SourceLocation location) => new($"__local{generated++}__", location, Scope) { IsGenerated = true };

    public void Error(SourceLocation location, string message) => compilation.Report(ErrorCodes.Compile, location, message);

    public override Term Rewrite(Term term) => term switch
    {
        NameTerm name => ResolveName(name),
        RefTerm { Head: NameTerm head } reference => ResolveReference(reference, head),
        CallTerm call => ResolveCall(call),
        _ => base.Rewrite(term),
    };

    public override Body Rewrite(Body body)
    {
        var literals = new List<Literal>();
        foreach (var literal in body.Literals)
        {
            if (literal is SomeLiteral some)
            {
                foreach (var name in some.Names)
                {
                    Declare(name, "declared");
                }
            }
            else if (!IsPrint(literal))
            {
                literals.Add(Rewrite(literal));
            }
        }

        foreach (var name in body.Literals.OfType<SomeLiteral>().SelectMany(some => some.Names))
        {
            if (Scope.DeclaredHere(name.Name) is { IsUsed: false })
            {
                Error(name.Location, $"declared var {name.Name} unused");
            }
        }

        return new Body(body.Location, literals) { Scope = Scope };
    }

    public override Literal Rewrite(Literal literal)
    {
        var with = literal.With.Select(Rewrite).ToList();
        Literal resolved = literal switch
        {
            AssignLiteral assign => ResolveAssignment(assign),
            SomeInLiteral some => ResolveSome(some),
            EveryLiteral every => ResolveEvery(every),
            NotLiteral { Enclosing: true } not => ResolveEnclosingNot(not),
            NotLiteral not => not with { Body = new Body(not.Body.Location, [Rewrite(not.Body.Literals[0])]) { Scope = Scope } },
            _ => base.Rewrite(literal with { With = [] }),
        };
        return resolved with { With = with };
    }

    protected override ComprehensionTerm RewriteComprehension(ComprehensionTerm comprehension)
    {
        var mentions = DirectNames.Of(comprehension.Body, comprehension.Key, comprehension.Value);
        ComprehensionTerm? resolved = null;
        InScope(mentions, () => resolved = base.RewriteComprehension(comprehension));
        return resolved!;
    }

    protected override WithModifier Rewrite(WithModifier modifier)
    {
        var target = ResolveTarget((RefTerm)modifier.Target);
        var value = target is FunctionNameTerm ? FunctionNamed(modifier.Value) ?? Rewrite(modifier.Value) : Rewrite(modifier.Value);
        if (target is FunctionNameTerm replaced && value is FunctionNameTerm replacement && replaced.Arity != replacement.Arity)
        {
            compilation.Report(
                ErrorCodes.Type, modifier.Value.Location, $"arity mismatch: {replaced.Arity} arguments expected, the replacement takes {replacement.Arity}");
        }

        return modifier with { Target = target, Value = value };
    }

    /// <summary>Declares the variables of a pattern and resolves everything else in it.</summary>
    public Term DeclarePattern(Term pattern, string how) => pattern switch
    {
        NameTerm { IsWildcard: true } name => Rewrite(name),
        NameTerm name => Declare(name, how),
        ArrayTerm array => array with { Items = [.. array.Items.Select(item => DeclarePattern(item, how))] },
        ObjectTerm @object => @object with
        {
            Entries = [.. @object.Entries.Select(entry => (Rewrite(entry.Key), DeclarePattern(entry.Value, how)))],
        },
        _ => Rewrite(pattern),
    };

    private static bool IsPrint(Literal literal) =>
        literal is TermLiteral { Term: CallTerm { Operator: NameTerm { Name: "print" } } };

    /// <summary>Declares a variable of the current scope.</summary>
    public LocalTerm Declare(NameTerm name, string how)
    {
        if (name.Name is "data" or "input")
        {
            Error(name.Location, $"variables must not shadow {name.Name} (use a different variable name)");
        }
        else if (Scope.ImplicitHere(name.Name) is not null)
        {
            Error(name.Location, $"var {name.Name} referenced above");
        }
        else if (Scope.DeclaredHere(name.Name) is not null)
        {
            Error(name.Location, $"var {name.Name} {how} above");
        }

        var variable = Scope.Declare(name.Name, name.Location);
        return new LocalTerm(name.Location, variable);
    }

    private Term ResolveName(NameTerm name)
    {
        if (name.IsWildcard)
        {
            return new LocalTerm(name.Location, new LocalVariable("_", name.Location, Scope));
        }

        if (Scope.FindDeclared(name.Name) is { } declared)
        {
            declared.IsUsed = true;
            return new LocalTerm(name.Location, declared);
        }

        return Global(name) ?? (Term)new LocalTerm(name.Location, Scope.Implicit(name.Name, name.Location));
    }

    private RefTerm? Global(NameTerm name)
    {
        if (name.Name == "data" || name.Name == "input")
        {
            return new RefTerm(name.Location, new RootTerm(name.Location, name.Name == "data" ? DocumentRoot.Data : DocumentRoot.Input), []);
        }

        if (package is not null && package.Child(new RegoString(name.Name)) is { } node && HasRules(node))
        {
            var path = node.Keys.Select(key => new ConstantTerm(name.Location, key));
            return new RefTerm(name.Location, new RootTerm(name.Location, DocumentRoot.Data), [.. path]);
        }

        return imports.TryGetValue(name.Name, out var import) ? import with { Location = name.Location } : null;
    }

    /// <summary>A package below this one is not visible by its last name alone.</summary>
    private static bool HasRules(RuleNode node) =>
        node.Definitions.Count > 0 || (!node.IsPackage && node.Children.Any(HasRules));

    private RefTerm ResolveReference(RefTerm reference, NameTerm head)
    {
        var path = Rewrite(reference.Path);
        return ResolveName(head) switch
        {
            RefTerm global => new RefTerm(reference.Location, global.Head, [.. global.Path, .. path]),
            var local => new RefTerm(reference.Location, local, path),
        };
    }

    private Term ResolveCall(CallTerm call)
    {
        var arguments = Rewrite(call.Arguments);
        if (!call.IsOperator && FunctionPath(call.Operator) is { } path)
        {
            if (FunctionAt(path) is not { } function)
            {
                return Undefined(call, $"undefined function {PathText(path)}" + FunctionsNear(path));
            }

            if (arguments.Count == function.Arity + 1)
            {
                return new FunctionCallTerm(call.Location, function, arguments);
            }

            return arguments.Count == function.Arity
                ? new FunctionCallTerm(call.Location, function, arguments)
                : Undefined(call, $"{function.Node.Path}: arity mismatch: {arguments.Count} arguments given, {function.Arity} expected");
        }

        var name = DottedName(call.Operator);
        if (builtins.Find(name) is not { } builtin)
        {
            return Undefined(call, builtins.ExplainMissing(name));
        }

        return arguments.Count == builtin.Arity || arguments.Count == builtin.Arity + 1
            ? new BuiltinCallTerm(call.Location, builtin, arguments)
            : Undefined(call, $"{name}: arity mismatch: {arguments.Count} arguments given, {builtin.Arity} expected");
    }

    private string FunctionsNear(IReadOnlyList<Term> path)
    {
        var node = compilation.Root;
        foreach (var step in path.SkipLast(1))
        {
            node = step is ConstantTerm constant ? node?.Child(constant.Value) : null;
        }

        return node is null ? "" : NearNames.Hint(StepText(path[^1]), node.Children.Select(child => ValueText.Display(child.Key)));
    }

    private ConstantTerm Undefined(CallTerm call, string message)
    {
        compilation.Report(ErrorCodes.Type, call.Location, message);
        return new ConstantTerm(call.Location, RegoNull.Instance);
    }

    private Term ResolveTarget(RefTerm target)
    {
        var reference = target.Path.Count == 0 ? target.Head : target;
        if (FunctionNamed(reference) is { } function)
        {
            return function;
        }

        if (Global((NameTerm)target.Head) is { } global)
        {
            var resolved = new RefTerm(target.Location, global.Head, [.. global.Path, .. target.Path]);
            if (resolved.Path.All(step => step is ConstantTerm))
            {
                RefusePartOfRule(resolved);
                return resolved;
            }
        }

        compilation.Report(ErrorCodes.Type, target.Location, "the target of 'with' must be a constant path under input or data, or a function");
        return new RefTerm(target.Location, new RootTerm(target.Location, DocumentRoot.Input), []);
    }

    /// <summary>The value of a rule can be replaced as a whole only: what is left of it would not be defined.</summary>
    private void RefusePartOfRule(RefTerm target)
    {
        var node = target.Head is RootTerm { Root: DocumentRoot.Data } ? compilation.Root : null;
        foreach (var step in target.Path.SkipLast(1))
        {
            node = node?.Child(((ConstantTerm)step).Value);
            if (node is { Definitions.Count: > 0 })
            {
                Error(target.Location, $"'with' cannot replace a part of {node.Path}, only all of it");
            }
        }
    }

    private FunctionNameTerm? FunctionNamed(Term term)
    {
        if (term is not (NameTerm or RefTerm { Head: NameTerm }))
        {
            return null;
        }

        if (FunctionPath(term) is { } path)
        {
            return FunctionAt(path) is { } function ? new FunctionNameTerm(term.Location, function, null) : null;
        }

        var isLocal = Scope.FindDeclared(DottedName(term)) is not null;
        return !isLocal && builtins.Find(DottedName(term)) is { } builtin ? new FunctionNameTerm(term.Location, null, builtin) : null;
    }

    /// <summary>The path under <c>data</c> that an operator names; null if it can only be a builtin.</summary>
    private IReadOnlyList<Term>? FunctionPath(Term @operator)
    {
        var (head, rest) = @operator is RefTerm reference ? ((NameTerm)reference.Head, reference.Path) : ((NameTerm)@operator, []);
        return Global(head) is { Head: RootTerm { Root: DocumentRoot.Data } } global ? [.. global.Path, .. rest] : null;
    }

    private RuleGroup? FunctionAt(IReadOnlyList<Term> path)
    {
        var node = compilation.Root;
        foreach (var step in path)
        {
            if (step is not ConstantTerm constant || node.Child(constant.Value) is not { } child)
            {
                return null;
            }

            node = child;
        }

        return node.Group is { Kind: RuleKind.Function } group ? group : null;
    }

    private static string PathText(IReadOnlyList<Term> path) => "data." + string.Join('.', path.Select(StepText));

    private static string StepText(Term step) => step is ConstantTerm constant ? ValueText.Display(constant.Value) : "_";

    private static string DottedName(Term @operator) => @operator switch
    {
        NameTerm name => name.Name,
        RefTerm { Head: NameTerm head } reference => head.Name + "." + string.Join('.', reference.Path.Select(StepText)),
        _ => "",
    };

    private AssignLiteral ResolveAssignment(AssignLiteral assign)
    {
        var value = Rewrite(assign.Value);
        if (assign.Pattern is not (NameTerm or ArrayTerm or ObjectTerm))
        {
            Error(assign.Location, "cannot assign to this term: expected a name, an array or an object on the left of ':='");
        }

        return assign with { Value = value, Pattern = DeclarePattern(assign.Pattern, "assigned") };
    }

    private SomeInLiteral ResolveSome(SomeInLiteral some)
    {
        var domain = Rewrite(some.Domain);
        var key = some.Key is null ? null : DeclarePattern(some.Key, "declared");
        return some with { Key = key, Value = DeclarePattern(some.Value, "declared"), Domain = domain };
    }

    private EveryLiteral ResolveEvery(EveryLiteral every)
    {
        var resolved = every with { Domain = Rewrite(every.Domain) };
        InScope(DirectNames.Of(every.Body), () =>
        {
            var key = every.Key is null ? null : DeclarePattern(every.Key, "declared");
            var value = DeclarePattern(every.Value, "declared");
            InScope(DirectNames.Of(every.Body), () => resolved = resolved with { Key = key, Value = value, Body = Rewrite(every.Body) });
            resolved = resolved with { Body = resolved.Body with { Scope = Scope } };
        });
        return resolved;
    }

    private NotLiteral ResolveEnclosingNot(NotLiteral not)
    {
        var resolved = not;
        InScope(DirectNames.Of(not.Body), () => resolved = not with { Body = Rewrite(not.Body) });
        return resolved;
    }
}
