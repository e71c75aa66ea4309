using System.Runtime.CompilerServices;
using TrustedDataSpace.Policy.Rego.Builtins;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>
/// Tells of which rules and functions the result follows from the arguments alone, as long as no <c>with</c> is around them: they read no input, call
/// nothing that has a state, and neither does anything that they reach.
/// </summary>
internal sealed class SelfContained(RuleNode root)
{
    private readonly Dictionary<RuleGroup, bool> known = [];

    /// <summary>No rule depends on itself: that is refused before.</summary>
    public bool Is(RuleGroup group)
    {
        if (!known.TryGetValue(group, out var isContained))
        {
            var look = new Look(root);
            look.At(group);
            known[group] = isContained = look.IsContained && RuntimeHelpers.TryEnsureSufficientExecutionStack() && look.Reached.All(Is);
        }

        return isContained;
    }

    private sealed class Look(RuleNode root) : TermRewriter
    {
        public bool IsContained { get; private set; } = true;

        public HashSet<RuleGroup> Reached { get; } = [];

        public void At(RuleGroup group)
        {
            foreach (var rule in group.Default is null ? group.Rules : [.. group.Rules, group.Default])
            {
                for (var branch = rule; branch is not null; branch = branch.Else)
                {
                    // What a head computes is computed by its body.
                    Rewrite(branch.Body);
                }
            }
        }

        public override Term Rewrite(Term term)
        {
            switch (term)
            {
                case RefTerm { Head: RootTerm { Root: DocumentRoot.Data } } reference:
                    Reached.UnionWith(root.ReachedBy(reference.Path).Where(group => group.Kind != RuleKind.Function));
                    Rewrite(reference.Path);
                    return term;
                case FunctionCallTerm call:
                    Reached.Add(call.Function);
                    break;
                case RootTerm or FunctionNameTerm:
                    IsContained = false;
                    break;
                case BuiltinCallTerm call when StatefulBuiltins.Contains(call.Builtin.Name):
                    IsContained = false;
                    break;
            }

            return base.Rewrite(term);
        }

        protected override WithModifier Rewrite(WithModifier modifier)
        {
            IsContained = false;
            return modifier;
        }
    }
}
