using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Rego.Builtins;
using TrustedDataSpace.Policy.Rego.Compilation;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Bundles;

/// <summary>
/// Finds what a decision can read, from the compiled rules. The library bounds what time and counters do to its answers (<c>validity.rego</c>);
/// layers are other people's rules, so one that reads the time has to bound it itself, and one that reads counters, chance or the whole
/// question makes answers good for once only.
/// </summary>
internal sealed class ReadAnalysis
{
    /// <summary>The document that holds a decision and its validity.</summary>
    public const string Answer = "data.tds.validity.answer";

    private const string Layers = "data.tds.layers";
    private const string Bound = "valid_until_ms";

    private static readonly string[] LayerRules = ["deny", "duties", Bound];

    private readonly RuleNode root;
    private readonly Dictionary<RuleGroup, TermReads> known = [];

    private ReadAnalysis(RuleNode root) => this.root = root;

    public static PolicyReads Of(RegoProgram program)
    {
        if (program.Groups.FirstOrDefault(group => group.Node.Path == Answer) is not { } answer)
        {
            return new PolicyReads([""], [], $"no module defines {Answer}");
        }

        var analysis = new ReadAnalysis(Root(answer.Node));
        var all = analysis.Closure([answer]);
        var timed = new List<string>();
        var problems = new List<string>();
        foreach (var layer in program.Groups.Select(group => LayerOf(group.Node)).OfType<RuleNode>().Distinct())
        {
            var reads = analysis.Closure(layer.Children.Where(child => LayerRules.Contains(child.Key.Value)).SelectMany(child => child.SelfAndDescendants()).Select(node => node.Group).OfType<RuleGroup>());
            var paths = new PolicyReads(reads.Inputs, [], null);
            if (paths.Reads("usage") || paths.Reads("subject.standing_ms") || reads.Builtins.Overlaps(StatefulBuiltins.Chance))
            {
                problems.Add($"layer {layer.Key.Value} reads counters, the standing's time, chance or the whole input");
            }
            else if (paths.Reads("now_ms") || reads.Builtins.Overlaps(StatefulBuiltins.Clocks))
            {
                timed.Add(layer.Key.Value);
                if (layer.Child(new RegoString(Bound)) is null)
                {
                    problems.Add($"layer {layer.Key.Value} reads the time and defines no {Bound}");
                }
            }
        }

        // Of the library, what validity.rego does not bound.
        if (all.Builtins.Overlaps(StatefulBuiltins.Chance) && problems.Count == 0)
        {
            problems.Add("the rules depend on chance");
        }

        return new PolicyReads(all.Inputs, timed, problems.Count == 0 ? null : string.Join("; ", problems));
    }

    private static RuleNode Root(RuleNode node) => node.Parent is { } parent ? Root(parent) : node;

    private static RuleNode? LayerOf(RuleNode? node) => node is null || node.Parent?.Path == Layers ? node : LayerOf(node.Parent);

    private TermReads Closure(IEnumerable<RuleGroup> from)
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

    /// <summary>What the terms of one rule read themselves.</summary>
    private sealed class TermReads(RuleNode root) : TermRewriter
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
}
