namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>
/// An object while partial rules build it. Rules may only add to what other rules have opened (objects and sets), not to a value that
/// one of them gave.
/// </summary>
internal sealed class PartialDocument : RegoValue
{
    private readonly Dictionary<RegoValue, RegoValue> entries = [];

    public override RegoKind Kind => RegoKind.Object;

    /// <summary>How often something was added, equal or not.</summary>
    public int Additions { get; private set; }

    public override bool Equals(RegoValue? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => 0;

    /// <summary>False if something else is there already.</summary>
    public bool TryAdd(ReadOnlySpan<RegoValue> path, RegoValue value, bool isMember)
    {
        Additions++;
        var key = path[0];
        var rest = path[1..];
        entries.TryGetValue(key, out var known);
        if (rest.Length > 0)
        {
            if (known is null)
            {
                entries[key] = known = new PartialDocument();
            }

            return known is PartialDocument document && document.TryAdd(rest, value, isMember);
        }

        if (isMember)
        {
            if (known is null)
            {
                entries[key] = known = new PartialSet();
            }

            return known is PartialSet set && set.Add(value);
        }

        entries[key] = known ?? value;
        return known is null || (known is not (PartialDocument or PartialSet) && known.Equals(value));
    }

    public RegoObject ToObject()
    {
        var result = new RegoObject(entries.Count);
        foreach (var (key, value) in entries)
        {
            result.Set(key, value switch
            {
                PartialDocument document => document.ToObject(),
                PartialSet set => set.Members,
                _ => value,
            });
        }

        return result;
    }

    /// <summary>A set that rules build, as opposed to one that a rule gave as a value.</summary>
    private sealed class PartialSet : RegoValue
    {
        public RegoSet Members { get; } = new();

        public override RegoKind Kind => RegoKind.Set;

        public override bool Equals(RegoValue? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => 0;

        public bool Add(RegoValue value)
        {
            Members.Add(value);
            return true;
        }
    }
}
