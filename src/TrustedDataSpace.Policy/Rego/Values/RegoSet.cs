namespace TrustedDataSpace.Policy.Rego;

/// <summary>A collection without duplicates, read in value order.</summary>
public sealed class RegoSet : RegoValue
{
    /// <summary>The set without members.</summary>
    public static readonly RegoSet Empty = new();

    private KeyTable table;
    private int hash;

    /// <summary>Makes a set of these members; equal ones count once.</summary>
    public RegoSet(IEnumerable<RegoValue> items)
        : this()
    {
        foreach (var item in items)
        {
            Add(item);
        }
    }

    internal RegoSet() => table = new KeyTable(4);

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Set;

    /// <summary>How many members there are.</summary>
    public int Count => table.Count;

    /// <summary>The members in value order.</summary>
    public IEnumerable<RegoValue> Items
    {
        get
        {
            var order = table.Order;
            for (var i = 0; i < order.Length; i++)
            {
                yield return table[order[i]];
            }
        }
    }

    /// <summary>Whether the value is a member.</summary>
    public bool Contains(RegoValue value) => table.Find(value) >= 0;

    /// <inheritdoc/>
    public override bool Equals(RegoValue? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is not RegoSet set || set.Count != Count)
        {
            return false;
        }

        for (var i = 0; i < Count; i++)
        {
            if (!set.Contains(table[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        if (hash == 0)
        {
            var code = 11;
            for (var i = 0; i < Count; i++)
            {
                code += table[i].GetHashCode() * 397;
            }

            hash = code == 0 ? 1 : code;
        }

        return hash;
    }

    internal override RegoValue? Lookup(RegoValue key)
    {
        var position = table.Find(key);
        return position < 0 ? null : table[position];
    }

    /// <summary>The positions and keys for iteration without an enumerator.</summary>
    internal ref KeyTable Table => ref table;

    /// <summary>Only while the set is being built, before anybody else sees it.</summary>
    internal void Add(RegoValue item) => table.FindOrAdd(item);
}
