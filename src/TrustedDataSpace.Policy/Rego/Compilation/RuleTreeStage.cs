using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Places every definition under its path in <c>data</c>, groups them, and refuses groups that contradict each other.</summary>
internal static class RuleTreeStage
{
    public static void Run(Compilation compilation)
    {
        foreach (var module in compilation.Modules)
        {
            var package = PackageNode(compilation, module);
            package.IsPackage = true;
            foreach (var rule in module.Rules)
            {
                Place(compilation, package, module, rule);
            }
        }

        Group(compilation, compilation.Root);
    }

    /// <summary>The node of a module's package.</summary>
    public static RuleNode PackageNode(Compilation compilation, Module module)
    {
        var node = compilation.Root.ChildOrNew(((NameTerm)module.Package.Head).Name);
        foreach (var step in module.Package.Path)
        {
            if (step is not ConstantTerm { Value: RegoString name })
            {
                compilation.Report(ErrorCodes.Parse, step.Location, "the name of a package must be made of names and strings");
                break;
            }

            node = node.ChildOrNew(name.Value);
        }

        return node;
    }

    private static void Place(Compilation compilation, RuleNode package, Module module, RuleSyntax rule)
    {
        if (rule.Head.Name.Name is "data" or "input")
        {
            compilation.Report(ErrorCodes.Compile, rule.Location, $"rules must not shadow {rule.Head.Name.Name} (use a different rule name)");
        }

        if (rule.IsDefault && !IsConstant(rule.Head.Value!))
        {
            compilation.Report(ErrorCodes.Compile, rule.Location, "the value of a default must be a constant or a comprehension");
        }

        var node = package.ChildOrNew(rule.Head.Name.Name);
        var ground = 0;
        while (ground < rule.Head.Path.Count && rule.Head.Path[ground] is ConstantTerm { Value: RegoString name })
        {
            node = node.ChildOrNew(name.Value);
            ground++;
        }

        node.Definitions.Add(new RuleDefinition(module, rule, [.. rule.Head.Path.Skip(ground)]));
    }

    private static bool IsConstant(Term term) => term switch
    {
        ConstantTerm or ComprehensionTerm => true,
        ArrayTerm array => array.Items.All(IsConstant),
        SetTerm set => set.Items.All(IsConstant),
        ObjectTerm @object => @object.Entries.All(entry => IsConstant(entry.Key) && IsConstant(entry.Value)),
        _ => false,
    };

    private static void Group(Compilation compilation, RuleNode node)
    {
        if (node.Definitions.Count > 0)
        {
            node.Group = MakeGroup(compilation, node);
            compilation.Groups.Add(node.Group);
            if (node.Group.Kind == RuleKind.PartialObject)
            {
                // What is defined below belongs to the same object: only functions stay apart.
                GroupFunctionsBelow(compilation, node);
                return;
            }

            RefuseRulesBelow(compilation, node);
        }

        foreach (var child in node.Children)
        {
            Group(compilation, child);
        }
    }

    private static RuleGroup MakeGroup(Compilation compilation, RuleNode node)
    {
        var isObject = node.Definitions.Any(definition => definition.RestOfPath.Count > 0);
        var kind = isObject ? RuleKind.PartialObject : KindOf(node.Definitions[0]);
        foreach (var definition in node.Definitions)
        {
            var own = definition.RestOfPath.Count > 0 ? RuleKind.PartialObject : KindOf(definition);
            if (own != kind)
            {
                compilation.Report(
                    ErrorCodes.Type, definition.Syntax.Location, $"conflicting rules {node.Path} found: {Name(own)} and {Name(kind)}");
            }
        }

        if (kind != RuleKind.PartialObject)
        {
            RefuseDifferences(compilation, node, kind);
            return new RuleGroup(node, kind, node.Definitions);
        }

        var below = node.SelfAndDescendants().Skip(1).SelectMany(descendant => descendant.Definitions.Select(definition => definition with
        {
            RestOfPath = [.. Relative(node, descendant, definition), .. definition.RestOfPath],
        }));
        var definitions = node.Definitions.Concat(below).Where(definition => definition.Syntax.Head.Arguments is null).ToList();
        foreach (var definition in definitions.Where(definition => definition.Syntax.IsDefault))
        {
            compilation.Report(ErrorCodes.Type, definition.Syntax.Location, $"a default is not possible for the object {node.Path}");
        }

        return new RuleGroup(node, kind, definitions);
    }

    private static IEnumerable<Term> Relative(RuleNode ancestor, RuleNode node, RuleDefinition definition) =>
        node.Keys.Skip(ancestor.Keys.Count).Select(key => new ConstantTerm(definition.Syntax.Location, key));

    private static RuleKind KindOf(RuleDefinition definition)
    {
        var head = definition.Syntax.Head;
        return head.Arguments is not null ? RuleKind.Function : head.Member is not null ? RuleKind.PartialSet : RuleKind.Complete;
    }

    private static string Name(RuleKind kind) => kind switch
    {
        RuleKind.Complete => "a rule with one value",
        RuleKind.PartialSet => "a set ('contains')",
        RuleKind.PartialObject => "an object",
        _ => "a function",
    };

    private static void RefuseDifferences(Compilation compilation, RuleNode node, RuleKind kind)
    {
        var arity = node.Definitions[0].Syntax.Head.Arguments?.Count;
        foreach (var definition in node.Definitions.Where(definition => definition.Syntax.Head.Arguments?.Count != arity && kind == RuleKind.Function))
        {
            compilation.Report(
                ErrorCodes.Type, definition.Syntax.Location, $"conflicting rules {node.Path} found: a function takes the same number of arguments everywhere");
        }

        foreach (var extra in node.Definitions.Where(definition => definition.Syntax.IsDefault).Skip(1))
        {
            compilation.Report(ErrorCodes.Type, extra.Syntax.Location, $"multiple default rules {node.Path} found");
        }
    }

    private static void RefuseRulesBelow(Compilation compilation, RuleNode node)
    {
        foreach (var below in node.SelfAndDescendants().Skip(1))
        {
            foreach (var definition in below.Definitions.Take(1))
            {
                compilation.Report(ErrorCodes.Type, definition.Syntax.Location, $"rule {below.Path} conflicts with rule {node.Path}, which has a value of its own");
            }

            if (below.IsPackage && below.Definitions.Count == 0)
            {
                compilation.Report(ErrorCodes.Type, node.Definitions[0].Syntax.Location, $"package {below.Path[5..]} conflicts with rule {node.Path}");
            }
        }
    }

    private static void GroupFunctionsBelow(Compilation compilation, RuleNode node)
    {
        foreach (var below in node.SelfAndDescendants().Skip(1))
        {
            var functions = below.Definitions.Where(definition => definition.Syntax.Head.Arguments is not null).ToList();
            if (functions.Count > 0)
            {
                below.Group = new RuleGroup(below, RuleKind.Function, functions);
                compilation.Groups.Add(below.Group);
            }
        }
    }
}
