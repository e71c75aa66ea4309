using System.Runtime.CompilerServices;
using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>A map from values to values, read in key order.</summary>
public sealed class RegoObject : RegoValue
{
    /// <summary>The object without members.</summary>
    public static readonly RegoObject Empty = new(0);

    private ObjectKeys keys;
    private RegoValue[] values;
    private int hash;

    /// <summary>Of one that outlives an evaluation; null for others.</summary>
    internal KeptResults? Kept { get; set; }

    /// <summary>Makes an object of these members; a later one replaces an earlier one with the same key.</summary>
    public RegoObject(IEnumerable<KeyValuePair<RegoValue, RegoValue>> entries)
        : this(4)
    {
        foreach (var (key, value) in entries)
        {
            Set(key, value);
        }
    }

    internal RegoObject(int capacity)
    {
        keys = new ObjectKeys(capacity);
        values = capacity == 0 ? [] : new RegoValue[capacity];
    }

    /// <summary>Takes over the values of these keys, in their order.</summary>
    internal RegoObject(ObjectKeys keys, RegoValue[] values) => (this.keys, this.values) = (keys, values);

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Object;

    /// <summary>How many members there are.</summary>
    public int Count => keys.Table.Count;

    /// <summary>The members in key order.</summary>
    public IEnumerable<KeyValuePair<RegoValue, RegoValue>> Entries
    {
        get
        {
            var order = keys.Table.Order;
            for (var i = 0; i < order.Length; i++)
            {
                yield return new(keys.Table[order[i]], values[order[i]]);
            }
        }
    }

    /// <summary>The member with this name, or null.</summary>
    public RegoValue? this[string name] => Lookup(new RegoString(name));

    /// <inheritdoc/>
    public override bool Equals(RegoValue? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is not RegoObject @object || @object.Count != Count)
        {
            return false;
        }

        for (var i = 0; i < Count; i++)
        {
            if (@object.Lookup(keys.Table[i]) is not { } value || !value.Equals(values[i]))
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
            var code = 13;
            for (var i = 0; i < Count; i++)
            {
                code += HashCode.Combine(keys.Table[i].GetHashCode(), values[i].GetHashCode());
            }

            hash = code == 0 ? 1 : code;
        }

        return hash;
    }

    internal override RegoValue? Lookup(RegoValue key)
    {
        var position = keys.Table.Find(key);
        return position < 0 ? null : values[position];
    }

    /// <summary>The same for one who asks again and again: the place where the key was is where it usually is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal RegoValue? Lookup(RegoValue key, ref int place)
    {
        var guess = place;
        return keys.Table.IsAt(key, guess) ? values[guess] : Search(key, ref place);
    }

    private RegoValue? Search(RegoValue key, ref int place)
    {
        var position = keys.Table.Find(key);
        if (position < 0)
        {
            return null;
        }

        place = position;
        return values[position];
    }

    /// <summary>The positions and keys for iteration without an enumerator.</summary>
    internal ref KeyTable Table => ref keys.Table;

    internal RegoValue ValueAt(int position) => values[position];

    /// <summary>Only while the object is being built, before anybody else sees it. False if the key has another value already.</summary>
    internal bool TryAdd(RegoValue key, RegoValue value)
    {
        var (position, added) = OwnKeys().FindOrAdd(key);
        if (!added)
        {
            return values[position].Equals(value);
        }

        Place(position, value);
        return true;
    }

    /// <summary>Only while the object is being built, before anybody else sees it.</summary>
    internal void Set(RegoValue key, RegoValue value)
    {
        var (position, _) = OwnKeys().FindOrAdd(key);
        Place(position, value);
    }

    /// <summary>A copy in which one member is added or replaced.</summary>
    internal RegoObject With(RegoValue key, RegoValue value)
    {
        var copy = new RegoObject(Count + 1);
        for (var i = 0; i < Count; i++)
        {
            copy.Set(keys.Table[i], values[i]);
        }

        copy.Set(key, value);
        return copy;
    }

    private ref KeyTable OwnKeys()
    {
        if (keys.IsShared)
        {
            var own = new ObjectKeys(Count + 1);
            for (var i = 0; i < Count; i++)
            {
                own.Table.FindOrAdd(keys.Table[i]);
            }

            keys = own;
        }

        return ref keys.Table;
    }

    private void Place(int position, RegoValue value)
    {
        if (position >= values.Length)
        {
            Array.Resize(ref values, Math.Max(4, values.Length * 2));
        }

        values.Put(position, value);
    }
}
