using System.Runtime.CompilerServices;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Refuses rules that depend on themselves: evaluation relies on there being none.</summary>
internal sealed class RecursionStage : TermRewriter
{
    private readonly RuleNode root;
    private readonly HashSet<RuleGroup> found = [];

    private RecursionStage(RuleNode root) => this.root = root;

    public static void Run(Compilation compilation)
    {
        var dependencies = compilation.Groups.ToDictionary(group => group, group => DependenciesOf(compilation.Root, group));
        var finished = new HashSet<RuleGroup>();
        foreach (var group in compilation.Groups)
        {
            Visit(compilation, dependencies, group, [], finished);
        }
    }

    public override Term Rewrite(Term term)
    {
        switch (term)
        {
            case RefTerm { Head: RootTerm { Root: DocumentRoot.Data } } reference:
                found.UnionWith(root.ReachedBy(reference.Path).Where(group => group.Kind != RuleKind.Function));
                break;
            case FunctionCallTerm call:
                found.Add(call.Function);
                break;
            case FunctionNameTerm { Function: { } function }:
                found.Add(function);
                break;
        }

        return base.Rewrite(term);
    }

    protected override WithModifier Rewrite(WithModifier modifier) => modifier with { Value = Rewrite(modifier.Value) };

    private static HashSet<RuleGroup> DependenciesOf(RuleNode root, RuleGroup group)
    {
        var collector = new RecursionStage(root);
        foreach (var rule in group.Rules)
        {
            for (var branch = rule; branch is not null; branch = branch.Else)
            {
                collector.Rewrite(branch.Body);
            }
        }

        if (group.Default is not null)
        {
            collector.Rewrite(group.Default.Body);
        }

        return collector.found;
    }

    private static void Visit(
        Compilation compilation,
        Dictionary<RuleGroup, HashSet<RuleGroup>> dependencies,
        RuleGroup group,
        List<RuleGroup> path,
        HashSet<RuleGroup> finished)
    {
        var start = path.IndexOf(group);
        if (start >= 0)
        {
            var cycle = string.Join(" -> ", path.Skip(start).Append(group).Select(member => member.Node.Path));
            compilation.Report(ErrorCodes.Recursion, group.Location, $"rule {group.Node.Path} is recursive: {cycle}");
            return;
        }

        if (finished.Contains(group))
        {
            return;
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            compilation.Report(ErrorCodes.Recursion, group.Location, $"the rules under {group.Node.Path} depend on each other too deeply");
            return;
        }

        path.Add(group);
        foreach (var dependency in dependencies[group])
        {
            Visit(compilation, dependencies, dependency, path, finished);
        }

        path.RemoveAt(path.Count - 1);
        finished.Add(group);
    }
}
