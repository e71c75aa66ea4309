using System.Collections;
using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>An ordered list of values.</summary>
public sealed class RegoArray : RegoValue, IReadOnlyList<RegoValue>
{
    /// <summary>The array without members.</summary>
    public static readonly RegoArray Empty = new([]);

    private RegoValue[] items;
    private int hash;

    /// <summary>Makes an array of these members.</summary>
    public RegoArray(IEnumerable<RegoValue> items)
    {
        this.items = [.. items];
        Count = this.items.Length;
    }

    internal RegoArray(int capacity) => items = capacity == 0 ? [] : new RegoValue[capacity];

    private RegoArray(RegoValue[] items, int count) => (this.items, Count) = (items, count);

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Array;

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public RegoValue this[int index] => Members[index];

    /// <inheritdoc/>
    public IEnumerator<RegoValue> GetEnumerator() => new ArraySegment<RegoValue>(items, 0, Count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ReadOnlySpan<RegoValue> Members => items.AsSpan(0, Count);

    /// <inheritdoc/>
    public override bool Equals(RegoValue? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is not RegoArray array || array.Count != Count)
        {
            return false;
        }

        for (var i = 0; i < Count; i++)
        {
            if (!items[i].Equals(array.items[i]))
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
            var code = 7;
            foreach (var item in Members)
            {
                code = HashCode.Combine(code, item.GetHashCode());
            }

            hash = code == 0 ? 1 : code;
        }

        return hash;
    }

    internal override RegoValue? Lookup(RegoValue key) =>
        key is RegoNumber number && number.TryGetInt64(out var index) && index >= 0 && index < Count ? items[(int)index] : null;

    /// <summary>Takes over its members.</summary>
    internal static RegoArray Of(RegoValue[] items) => new(items, items.Length);

    internal int IndexOf(RegoValue value)
    {
        for (var i = 0; i < Count; i++)
        {
            if (items[i].Equals(value))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Only while the array is being built, before anybody else sees it.</summary>
    internal void Append(RegoValue item)
    {
        if (Count == items.Length)
        {
            Array.Resize(ref items, Math.Max(4, Count * 2));
        }

        items.Put(Count++, item);
    }
}
