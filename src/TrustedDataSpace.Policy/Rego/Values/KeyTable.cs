using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>
/// Distinct keys with their positions: the storage of sets and objects. Small tables are searched linearly, which is quicker and smaller
/// than hashing; larger ones get an index. Filled by one thread, then shared: <see cref="Order"/> may be computed twice, harmlessly.
/// </summary>
internal struct KeyTable
{
    private const int LinearLimit = 8;

    private RegoValue[] keys;

    /// <summary>Positions counted from 1, at the hashes of their keys or after them; a power of two, at least half of it 0.</summary>
    private int[]? index;

    private volatile int[]? order;

    public KeyTable(int capacity = 4) => keys = capacity == 0 ? [] : new RegoValue[capacity];

    /// <summary>Takes over keys that are known to be distinct.</summary>
    public KeyTable(RegoValue[] distinct)
    {
        keys = distinct;
        Count = distinct.Length;
        if (Count > LinearLimit)
        {
            BuildIndex();
        }
    }

    public int Count { readonly get; private set; }

    public readonly RegoValue this[int position] => keys[position];

    /// <summary>Positions in the order of their keys.</summary>
    public int[] Order
    {
        get
        {
            var known = order;
            if (known is null || known.Length != Count)
            {
                known = Sort();
                order = known;
            }

            return known;
        }
    }

    /// <summary>Whether this very key is at the position.</summary>
    public readonly bool IsAt(RegoValue key, int position) => (uint)position < (uint)keys.Length && ReferenceEquals(keys[position], key);

    public readonly int Find(RegoValue key)
    {
        if (index is not null)
        {
            return FindInIndex(key);
        }

        // Names of a program and of its documents are shared: nearly always one of these is the key itself.
        var candidates = keys.AsSpan(0, Count);
        for (var i = 0; i < candidates.Length; i++)
        {
            if (ReferenceEquals(candidates[i], key))
            {
                return i;
            }
        }

        return key is RegoString text ? FindText(candidates, text.Value) : FindEqual(candidates, key);
    }

    /// <summary>Adds a key that is not there yet, or finds it. Returns its position and whether it was added.</summary>
    public (int Position, bool Added) FindOrAdd(RegoValue key)
    {
        var position = Find(key);
        if (position >= 0)
        {
            return (position, false);
        }

        if (Count == keys.Length)
        {
            Array.Resize(ref keys, Math.Max(4, Count * 2));
        }

        position = Count++;
        keys.Put(position, key);
        order = null;
        if (Count > LinearLimit)
        {
            if (index is null || Count > index.Length / 2)
            {
                BuildIndex();
            }
            else
            {
                AddToIndex(index, position);
            }
        }

        return (position, true);
    }

    private static int FindText(ReadOnlySpan<RegoValue> candidates, string text)
    {
        for (var i = 0; i < candidates.Length; i++)
        {
            if (candidates[i] is RegoString candidate && string.Equals(candidate.Value, text, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    private static int FindEqual(ReadOnlySpan<RegoValue> candidates, RegoValue key)
    {
        for (var i = 0; i < candidates.Length; i++)
        {
            if (candidates[i].Equals(key))
            {
                return i;
            }
        }

        return -1;
    }

    private static int Spread(RegoValue key)
    {
        var hash = (uint)key.GetHashCode() * 0x9E3779B1;
        return (int)(hash ^ (hash >> 15));
    }

    private readonly int FindInIndex(RegoValue key)
    {
        var places = index!;
        for (var place = Spread(key); ; place++)
        {
            var position = places[place & (places.Length - 1)] - 1;
            if (position < 0 || ReferenceEquals(keys[position], key) || keys[position].Equals(key))
            {
                return position;
            }
        }
    }

    private void BuildIndex()
    {
        var size = 32;
        while (size < Count * 4L && size < 1 << 30)
        {
            size *= 2;
        }

        index = new int[size];
        for (var i = 0; i < Count; i++)
        {
            AddToIndex(index, i);
        }
    }

    private readonly void AddToIndex(int[] places, int position)
    {
        var place = Spread(keys[position]);
        while (places[place & (places.Length - 1)] != 0)
        {
            place++;
        }

        places[place & (places.Length - 1)] = position + 1;
    }

    private readonly int[] Sort()
    {
        var positions = new int[Count];
        for (var i = 0; i < positions.Length; i++)
        {
            positions[i] = i;
        }

        if (Count <= LinearLimit)
        {
            SortFew(positions);
            return positions;
        }

        var sorted = keys;
        Array.Sort(positions, (x, y) => ValueOrder.Of(sorted[x], sorted[y]));
        return positions;
    }

    private readonly void SortFew(int[] positions)
    {
        for (var i = 1; i < positions.Length; i++)
        {
            var moved = positions[i];
            var j = i;
            for (; j > 0 && ValueOrder.Of(keys[positions[j - 1]], keys[moved]) > 0; j--)
            {
                positions[j] = positions[j - 1];
            }

            positions[j] = moved;
        }
    }
}

/// <summary>The keys of an object; once it is built, other objects may have the same ones.</summary>
internal sealed class ObjectKeys
{
    private KeyTable table;

    public ObjectKeys(int capacity) => table = new KeyTable(capacity);

    /// <summary>Takes over keys that are known to be distinct; nothing is added any more.</summary>
    public ObjectKeys(RegoValue[] distinct) => (table, IsShared) = (new KeyTable(distinct), true);

    public bool IsShared { get; }

    public ref KeyTable Table => ref table;
}
