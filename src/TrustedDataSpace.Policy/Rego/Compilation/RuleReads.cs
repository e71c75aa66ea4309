using TrustedDataSpace.Policy.Rego.Builtins;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>Finds what resolved rules can read, whatever they are asked.</summary>
internal sealed class RuleReads(RuleNode root)
{
    private readonly Dictionary<RuleGroup, TermReads> known = [];

    /// <summary>Whether the result of a function follows from its arguments alone, as long as no <c>with</c> is around the call: nothing that it reaches reads the input or has a state.</summary>
    public bool FollowsFromArguments(RuleGroup function)
    {
        var all = Of([function]);
        return all.Inputs.Count == 0 && !all.Builtins.Any(StatefulBuiltins.Contains);
    }

    /// <summary>What rules and functions read, with all that they reach.</summary>
    public TermReads Of(IEnumerable<RuleGroup> from)
    {
        var sum = new TermReads(root);
        var seen = new HashSet<RuleGroup>();
        var open = new Stack<RuleGroup>(from);
        while (open.TryPop(out var group))
        {
            if (seen.Add(group))
            {
                var reads = ReadsOf(group);
                sum.Inputs.UnionWith(reads.Inputs);
                sum.Builtins.UnionWith(reads.Builtins);
                foreach (var dependency in reads.Groups)
                {
                    open.Push(dependency);
                }
            }
        }

        return sum;
    }

    private TermReads ReadsOf(RuleGroup group)
    {
        if (!known.TryGetValue(group, out var reads))
        {
            reads = new TermReads(root);
            foreach (var rule in group.Default is null ? group.Rules : [.. group.Rules, group.Default])
            {
                for (var branch = rule; branch is not null; branch = branch.Else)
                {
                    reads.Add(branch);
                }
            }

            known.Add(group, reads);
        }

        return reads;
    }
}

/// <summary>What terms read: of one rule, or of rules with all that they reach.</summary>
internal sealed class TermReads(RuleNode root) : TermRewriter
{
    public HashSet<string> Inputs { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Builtins { get; } = new(StringComparer.Ordinal);

    public HashSet<RuleGroup> Groups { get; } = [];

    public void Add(ResolvedRule rule)
    {
        Rewrite(rule.Body);
        Rewrite(rule.Path);
        Rewrite(rule.Value);
        if (rule.Member is not null)
        {
            Rewrite(rule.Member);
        }
    }

    public override Term Rewrite(Term term)
    {
        switch (term)
        {
            case RefTerm { Head: RootTerm { Root: DocumentRoot.Input } } reference:
                Inputs.Add(PathOf(reference.Path));
                break;
            case RootTerm { Root: DocumentRoot.Input }:
                Inputs.Add("");
                break;
            case RefTerm { Head: RootTerm { Root: DocumentRoot.Data } } reference:
                Groups.UnionWith(root.ReachedBy(reference.Path));
                break;
            case FunctionCallTerm call:
                Groups.Add(call.Function);
                break;
            case BuiltinCallTerm call:
                Builtins.Add(call.Builtin.Name);
                break;
            case FunctionNameTerm name when name.Function is { } function:
                Groups.Add(function);
                break;
            case FunctionNameTerm name when name.Builtin is { } builtin:
                Builtins.Add(builtin.Name);
                break;
        }

        // The head of a reference is not a reading of its own.
        return term is RefTerm { Head: RootTerm } rooted ? rooted with { Path = Rewrite(rooted.Path) } : base.Rewrite(term);
    }

    // Up to the first step that is not known beforehand.
    private static string PathOf(IReadOnlyList<Term> path) =>
        string.Join('.', path.TakeWhile(step => step is ConstantTerm { Value: RegoString }).Select(step => ((RegoString)((ConstantTerm)step).Value).Value));
}
