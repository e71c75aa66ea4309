using TrustedDataSpace.Policy.Rego.Builtins;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Resolves the names of every definition, and moves what a head computes into its body, so that later stages need not treat heads.
/// </summary>
internal static class ResolveStage
{
    public static void Run(Compilation compilation, BuiltinRegistry builtins)
    {
        var resolvers = new Dictionary<Module, NameResolver>(ReferenceEqualityComparer.Instance);
        foreach (var module in compilation.Modules)
        {
            var package = RuleTreeStage.PackageNode(compilation, module);
            resolvers[module] = new NameResolver(compilation, builtins, package, ResolveImports(compilation, module));
        }

        foreach (var group in compilation.Groups)
        {
            foreach (var definition in group.Definitions)
            {
                var rule = Resolve(resolvers[definition.Module], definition, definition.Syntax);
                if (definition.Syntax.IsDefault)
                {
                    group.Default = rule;
                }
                else
                {
                    group.Rules.Add(rule);
                }
            }
        }
    }

    private static Dictionary<string, RefTerm> ResolveImports(Compilation compilation, Module module)
    {
        var imports = new Dictionary<string, RefTerm>();
        foreach (var import in module.Imports)
        {
            var root = ((NameTerm)import.Path.Head).Name;
            if (root is "rego" or "future")
            {
                continue;
            }

            var last = import.Path.Path.Count == 0 ? root : import.Path.Path[^1] is ConstantTerm { Value: RegoString text } ? text.Value : "";
            var name = import.Alias ?? last;
            var document = new RootTerm(import.Location, root == "data" ? DocumentRoot.Data : DocumentRoot.Input);
            if (name is "data" or "input" && import.Path.Path.Count > 0)
            {
                compilation.Report(ErrorCodes.Compile, import.Location, $"the import must not shadow {name}");
            }
            else if (!imports.TryAdd(name, new RefTerm(import.Location, document, import.Path.Path)))
            {
                compilation.Report(ErrorCodes.Compile, import.Location, $"import must not shadow another import named {name}");
            }
        }

        return imports;
    }

    private static ResolvedRule Resolve(NameResolver resolver, RuleDefinition definition, RuleSyntax syntax)
    {
        var head = syntax.Head;
        if (syntax.Else is not null && definition.RestOfPath.Any(step => step is not ConstantTerm))
        {
            resolver.Error(syntax.Else.Location, "'else' cannot be used on rules with variables in the head");
        }

        ResolvedRule? rule = null;
        var mentions = DirectNames.Of(syntax.Body, [.. head.Arguments ?? [], .. definition.RestOfPath, head.Member, head.Value]);
        resolver.InScope(mentions, () => rule = ResolveInScope(resolver, definition, syntax));
        var otherwise = syntax.Else is null ? null : Resolve(resolver, definition, syntax.Else);
        return rule! with { Else = otherwise };
    }

    private static ResolvedRule ResolveInScope(NameResolver resolver, RuleDefinition definition, RuleSyntax syntax)
    {
        var head = syntax.Head;
        var before = new List<Literal>();
        var arguments = (head.Arguments ?? []).Select(argument => ResolveArgument(resolver, argument, before)).ToList();
        var body = syntax.Body is null
            ? new Body(syntax.Location, []) { Scope = resolver.Scope }
            : resolver.Rewrite(syntax.Body);
        var after = new List<Literal>();
        var path = definition.RestOfPath.Select(step => Compute(resolver, step, after)).ToList();
        var member = head.Member is null ? null : Compute(resolver, head.Member, after);
        var value = head.Value is null ? new ConstantTerm(head.Location, RegoBoolean.True) : Compute(resolver, head.Value, after);
        body = body with { Literals = [.. before, .. body.Literals, .. after] };
        return new ResolvedRule(syntax.Location, arguments, path, member, value, body, null);
    }

    private static LocalVariable ResolveArgument(NameResolver resolver, Term argument, List<Literal> before)
    {
        if (argument is NameTerm { IsWildcard: false } name)
        {
            if (resolver.Scope.DeclaredHere(name.Name) is { } same)
            {
                // The same name twice: the arguments must be equal.
                var twin = resolver.Generate(name.Location);
                before.Add(new UnifyLiteral(name.Location, new LocalTerm(name.Location, twin), new LocalTerm(name.Location, same)));
                return twin;
            }

            return resolver.Declare(name, "declared").Variable;
        }

        var variable = resolver.Generate(argument.Location);
        if (argument is not NameTerm)
        {
            var pattern = resolver.DeclarePattern(argument, "declared");
            before.Add(new UnifyLiteral(argument.Location, new LocalTerm(argument.Location, variable), pattern));
        }

        return variable;
    }

    private static Term Compute(NameResolver resolver, Term term, List<Literal> after)
    {
        var resolved = resolver.Rewrite(term);
        if (resolved is ConstantTerm or LocalTerm)
        {
            return resolved;
        }

        var result = new LocalTerm(term.Location, resolver.Generate(term.Location));
        after.Add(new UnifyLiteral(term.Location, result, resolved));
        return result;
    }
}
