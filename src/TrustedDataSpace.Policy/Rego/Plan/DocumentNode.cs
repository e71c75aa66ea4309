using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>The executable form of a node of <c>data</c> that has rules at or below it.</summary>
internal sealed class DocumentNode(IReadOnlyList<RegoValue> keys)
{
    /// <summary>So many keys are compared before one is looked up.</summary>
    private const int MostCompared = 8;

    private readonly Dictionary<RegoValue, DocumentNode> children = [];
    private (RegoValue Key, DocumentNode Child)[] few = [];
    private DocumentCursor? bare;

    public IReadOnlyList<RegoValue> Keys { get; } = keys;

    /// <summary>The rules that give this node a value; null for packages and paths.</summary>
    public RulePlan? Rule { get; init; }

    /// <summary>Functions have no value as documents.</summary>
    public bool IsFunction { get; init; }

    /// <summary>The keys of the rules and packages below, in order.</summary>
    public RegoValue[] ChildKeys { get; private set; } = [];

    /// <summary>The place without a base document.</summary>
    public DocumentCursor Bare => bare ??= new DocumentCursor(this, null);

    public DocumentNode? Child(RegoValue key)
    {
        foreach (var (name, child) in few)
        {
            if (ReferenceEquals(name, key))
            {
                return child;
            }
        }

        return children.GetValueOrDefault(key);
    }

    public void Add(RegoValue key, DocumentNode child)
    {
        children.Add(key, child);
        ChildKeys = [.. new RegoSet(children.Keys).Items];
        few = children.Count <= MostCompared ? [.. ChildKeys.Select(name => (name, children[name]))] : [];
    }

    public RegoValue? Open(Evaluation.Evaluation evaluation, RegoValue? @base)
    {
        if (Rule is not null)
        {
            return Rule.Evaluate(evaluation) ?? @base;
        }

        return IsFunction ? @base : @base is null ? Bare : new DocumentCursor(this, @base);
    }
}
