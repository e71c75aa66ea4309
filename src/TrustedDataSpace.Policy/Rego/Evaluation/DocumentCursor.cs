using TrustedDataSpace.Policy.Rego.Plan;

namespace TrustedDataSpace.Policy.Rego.Evaluation;

/// <summary>
/// A place in <c>data</c> where rules and base documents mix, while a reference walks through it. It never becomes a result:
/// the end of the reference turns it into an object.
/// </summary>
internal sealed class DocumentCursor(DocumentNode node, RegoValue? @base) : RegoValue
{
    public DocumentNode Node { get; } = node;

    /// <summary>The base document at this place, if there is one.</summary>
    public RegoValue? Base { get; } = @base;

    public override RegoKind Kind => RegoKind.Object;

    public override bool Equals(RegoValue? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => 0;

    /// <summary>The keys of the base document and of the rules, in order.</summary>
    public IEnumerable<RegoValue> Keys()
    {
        if (Base is not RegoObject { Count: > 0 })
        {
            return Node.ChildKeys;
        }

        var keys = new RegoSet();
        foreach (var key in Node.ChildKeys)
        {
            keys.Add(key);
        }

        if (Base is RegoObject @object)
        {
            foreach (var (key, _) in @object.Entries)
            {
                keys.Add(key);
            }
        }

        return keys.Items;
    }

    /// <summary>Everything below, with all rules evaluated.</summary>
    public RegoValue? ToValue(Evaluation evaluation)
    {
        var result = new RegoObject(4);
        foreach (var key in Keys())
        {
            var value = evaluation.Descend(this, key);
            if (value is DocumentCursor cursor)
            {
                value = cursor.ToValue(evaluation);
            }

            if (value is not null)
            {
                result.Set(key, value);
            }
        }

        return result;
    }
}
