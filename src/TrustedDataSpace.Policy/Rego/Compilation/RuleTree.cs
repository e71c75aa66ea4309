using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>A node of the virtual part of <c>data</c>: a package, a rule, or something between.</summary>
internal sealed class RuleNode(RuleNode? parent, string key)
{
    private readonly SortedDictionary<string, RuleNode> children = new(StringComparer.Ordinal);

    public RuleNode? Parent { get; } = parent;

    public RegoString Key { get; } = new(key);

    /// <summary>The full path, <c>data.a.b</c>.</summary>
    public string Path { get; } = parent is null ? key : parent.Path + Step(key);

    /// <summary>The keys from the root, without <c>data</c>.</summary>
    public IReadOnlyList<RegoValue> Keys { get; } = parent is null ? [] : [.. parent.Keys, new RegoString(key)];

    public IEnumerable<RuleNode> Children => children.Values;

    public bool IsPackage { get; set; }

    public List<RuleDefinition> Definitions { get; } = [];

    /// <summary>The rules that give this node its value; null for a node that is only a path to others.</summary>
    public RuleGroup? Group { get; set; }

    public RuleNode? Child(RegoValue key) => key is RegoString name ? children.GetValueOrDefault(name.Value) : null;

    public RuleNode ChildOrNew(string name)
    {
        if (!children.TryGetValue(name, out var child))
        {
            child = new RuleNode(this, name);
            children.Add(name, child);
        }

        return child;
    }

    /// <summary>The rules that a reference may read which goes on from here by those steps: where one is not known beforehand, all below.</summary>
    public IEnumerable<RuleGroup> ReachedBy(IReadOnlyList<Term> path, int position = 0)
    {
        if (Group is not null)
        {
            return [Group];
        }

        if (position < path.Count && path[position] is ConstantTerm constant)
        {
            return Child(constant.Value)?.ReachedBy(path, position + 1) ?? [];
        }

        return children.Values.SelectMany(child => child.ReachedBy(path, position + 1));
    }

    public IEnumerable<RuleNode> SelfAndDescendants() => [this, .. children.Values.SelectMany(child => child.SelfAndDescendants())];

    private static string Step(string key) =>
        key.Length > 0 && (char.IsAsciiLetter(key[0]) || key[0] == '_') && key.All(unit => char.IsAsciiLetterOrDigit(unit) || unit == '_')
            ? "." + key
            : $"[{ValueText.Quote(key)}]";
}

/// <summary>One written definition: its module, its syntax, and the steps of its head that follow the node it belongs to.</summary>
internal sealed record RuleDefinition(Module Module, RuleSyntax Syntax, IReadOnlyList<Term> RestOfPath);

internal enum RuleKind
{
    /// <summary>One value.</summary>
    Complete,

    /// <summary>A set, one member per solution (<c>contains</c>).</summary>
    PartialSet,

    /// <summary>An object, one entry per solution; entries may be nested, and may be sets.</summary>
    PartialObject,

    Function,
}

/// <summary>All definitions that together give one node its value.</summary>
internal sealed class RuleGroup(RuleNode node, RuleKind kind, IReadOnlyList<RuleDefinition> definitions)
{
    public RuleNode Node { get; } = node;

    public RuleKind Kind { get; } = kind;

    public IReadOnlyList<RuleDefinition> Definitions { get; } = definitions;

    public SourceLocation Location => Definitions[0].Syntax.Location;

    public int Arity => Definitions[0].Syntax.Head.Arguments?.Count ?? 0;

    /// <summary>Filled by the stage that resolves names.</summary>
    public List<ResolvedRule> Rules { get; } = [];

    /// <summary>Filled by the stage that resolves names.</summary>
    public ResolvedRule? Default { get; set; }
}
