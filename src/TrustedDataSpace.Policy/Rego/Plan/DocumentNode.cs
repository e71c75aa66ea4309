using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>The executable form of a node of <c>data</c> that has rules at or below it.</summary>
internal sealed class DocumentNode(IReadOnlyList<RegoValue> keys)
{
    private readonly Dictionary<RegoValue, DocumentNode> children = [];

    public IReadOnlyList<RegoValue> Keys { get; } = keys;

    /// <summary>The rules that give this node a value; null for packages and paths.</summary>
    public RulePlan? Rule { get; init; }

    /// <summary>Functions have no value as documents.</summary>
    public bool IsFunction { get; init; }

    /// <summary>The keys of the rules and packages below, in order.</summary>
    public IReadOnlyList<RegoValue> ChildKeys { get; private set; } = [];

    public DocumentNode? Child(RegoValue key) => children.GetValueOrDefault(key);

    public void Add(RegoValue key, DocumentNode child)
    {
        children.Add(key, child);
        ChildKeys = [.. new RegoSet(children.Keys).Items];
    }

    public RegoValue? Open(Evaluation.Evaluation evaluation, RegoValue? @base)
    {
        if (Rule is not null)
        {
            return Rule.Evaluate(evaluation) ?? @base;
        }

        return IsFunction ? @base : new DocumentCursor(this, @base);
    }
}
