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
    private Dictionary<RegoValue, int>? index;
    private volatile int[]? order;

    public KeyTable(int capacity = 4) => keys = capacity == 0 ? [] : new RegoValue[capacity];

    public int Count { readonly get; private set; }

    public RegoValue this[int position] => keys[position];

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

    public int Find(RegoValue key)
    {
        if (index is not null)
        {
            return index.TryGetValue(key, out var position) ? position : -1;
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
        if (index is not null)
        {
            index.Add(key, position);
        }
        else if (Count > LinearLimit)
        {
            BuildIndex();
        }

        return (position, true);
    }

    private void BuildIndex()
    {
        var built = new Dictionary<RegoValue, int>(keys.Length);
        for (var i = 0; i < Count; i++)
        {
            built.Add(keys[i], i);
        }

        index = built;
    }

    private int[] Sort()
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

    private void SortFew(int[] positions)
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
