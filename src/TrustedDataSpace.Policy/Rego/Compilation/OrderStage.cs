using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Orders the conditions of every body so that each variable is bound before it is needed, keeping the written order where possible.
/// A variable that cannot be bound is unsafe.
/// </summary>
internal sealed class OrderStage(Compilation compilation) : TermRewriter
{
    private HashSet<LocalVariable> bound = [];

    public static void Run(Compilation compilation)
    {
        foreach (var group in compilation.Groups)
        {
            for (var i = 0; i < group.Rules.Count; i++)
            {
                group.Rules[i] = Order(compilation, group.Rules[i]);
            }

            group.Default = group.Default is null ? null : Order(compilation, group.Default);
        }
    }

    public static Body OrderQuery(Compilation compilation, Body query) => new OrderStage(compilation).Rewrite(query);

    /// <summary>A body inside another: what the outer one has bound is bound.</summary>
    public override Body Rewrite(Body body)
    {
        var outer = bound;
        bound = [.. outer];
        var ordered = Order(body);
        bound = outer;
        return ordered;
    }

    public override Literal Rewrite(Literal literal)
    {
        if (literal is not EveryLiteral every)
        {
            return base.Rewrite(literal);
        }

        var outer = bound;
        bound = [.. outer, .. Variables.BoundBy(every.Value), .. every.Key is null ? [] : Variables.BoundBy(every.Key)];
        var rewritten = base.Rewrite(literal);
        bound = outer;
        return rewritten;
    }

    protected override ComprehensionTerm RewriteComprehension(ComprehensionTerm comprehension)
    {
        var outer = bound;
        bound = [.. outer];
        var body = Order(comprehension.Body);
        var heads = Variables.Of(comprehension.Key, comprehension.Value);
        bound.UnionWith(heads.Yields);
        ReportUnsafe(heads.Needs);
        var ordered = comprehension with
        {
            Body = body,
            Key = comprehension.Key is null ? null : Rewrite(comprehension.Key),
            Value = Rewrite(comprehension.Value),
        };
        bound = outer;
        return ordered;
    }

    private static ResolvedRule Order(Compilation compilation, ResolvedRule rule)
    {
        var stage = new OrderStage(compilation) { bound = [.. rule.Arguments] };
        var body = stage.Order(rule.Body);
        stage.ReportUnsafe(Variables.Of([.. rule.Path, rule.Member, rule.Value]).Needs);
        return rule with { Body = body, Else = rule.Else is null ? null : Order(compilation, rule.Else) };
    }

    private Body Order(Body body)
    {
        var waiting = body.Literals.ToList();
        var ordered = new List<Literal>();
        var progress = true;
        while (waiting.Count > 0 && progress)
        {
            progress = false;
            var postponed = new List<Literal>();
            foreach (var literal in waiting)
            {
                if (LiteralSafety.Outputs(literal, bound) is not { } outputs)
                {
                    postponed.Add(literal);
                    continue;
                }

                var before = bound;
                bound = [.. before, .. outputs.Iterated];
                ordered.Add(Rewrite(literal));
                bound = [.. bound, .. outputs.Bound];
                progress = true;
            }

            waiting = postponed;
        }

        foreach (var literal in waiting)
        {
            ReportUnsafe(LiteralSafety.Missing(literal, bound));
        }

        return body with { Literals = ordered };
    }

    private void ReportUnsafe(IEnumerable<LocalVariable> needs)
    {
        foreach (var variable in needs.Where(need => !bound.Contains(need)))
        {
            var message = variable.IsGenerated ? "expression is unsafe" :
                $"var {variable.Name} is unsafe: nothing in the body gives it a value{NearNames.Hint(variable.Name, NamesVisibleTo(variable))}";
            compilation.Report(ErrorCodes.UnsafeVariable, variable.Location, message);
        }
    }

    /// <summary>The rules of the package, the imports of the module and the variables that have a value.</summary>
    private IEnumerable<string> NamesVisibleTo(LocalVariable variable)
    {
        var variables = bound.Where(other => !other.IsGenerated).Select(other => other.Name);
        if (compilation.Modules.FirstOrDefault(module => module.Source.FileName == variable.Location.File) is not { } module)
        {
            return variables;
        }

        var rules = RuleTreeStage.PackageNode(compilation, module).Children.Select(child => ValueText.Display(child.Key));
        var imports = module.Imports.Select(import => import.Alias ?? (import.Path.Path is [.., ConstantTerm last] ? ValueText.Display(last.Value) : ""));
        return variables.Concat(rules).Concat(imports);
    }
}
