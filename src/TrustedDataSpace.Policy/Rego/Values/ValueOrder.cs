namespace TrustedDataSpace.Policy.Rego;

/// <summary>The total order of Rego values: by kind, then by value.</summary>
internal sealed class ValueOrder : IComparer<RegoValue>
{
    public static readonly ValueOrder Instance = new();

    public int Compare(RegoValue? x, RegoValue? y) => Of(x!, y!);

    public static int Of(RegoValue x, RegoValue y)
    {
        if (ReferenceEquals(x, y))
        {
            return 0;
        }

        if (x is RegoNumber left && y is RegoNumber right)
        {
            return left.CompareTo(right);
        }

        if (x is RegoString one && y is RegoString other)
        {
            return OfText(one.Value, other.Value);
        }

        if (x.Kind != y.Kind)
        {
            return x.Kind.CompareTo(y.Kind);
        }

        return x switch
        {
            RegoBoolean boolean => boolean.Value.CompareTo(((RegoBoolean)y).Value),
            RegoArray array => OfArrays(array, (RegoArray)y),
            RegoObject @object => OfObjects(@object, (RegoObject)y),
            RegoSet set => OfSets(set, (RegoSet)y),
            _ => 0,
        };
    }

    /// <summary>Order by code point, as UTF-8 bytes compare; UTF-16 order differs above the surrogates.</summary>
    public static int OfText(string x, string y)
    {
        var same = x.AsSpan().CommonPrefixLength(y);
        return same < x.Length && same < y.Length
            ? CodePointRank(x[same]).CompareTo(CodePointRank(y[same]))
            : x.Length.CompareTo(y.Length);
    }

    private static int CodePointRank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;

    private static int OfArrays(RegoArray x, RegoArray y)
    {
        var length = Math.Min(x.Count, y.Count);
        for (var i = 0; i < length; i++)
        {
            var order = Of(x[i], y[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return x.Count.CompareTo(y.Count);
    }

    private static int OfSets(RegoSet x, RegoSet y)
    {
        using var left = x.Items.GetEnumerator();
        using var right = y.Items.GetEnumerator();
        while (left.MoveNext() && right.MoveNext())
        {
            var order = Of(left.Current, right.Current);
            if (order != 0)
            {
                return order;
            }
        }

        return x.Count.CompareTo(y.Count);
    }

    /// <summary>Keys decide before values at each position, as in OPA.</summary>
    private static int OfObjects(RegoObject x, RegoObject y)
    {
        using var left = x.Entries.GetEnumerator();
        using var right = y.Entries.GetEnumerator();
        while (left.MoveNext() && right.MoveNext())
        {
            var order = Of(left.Current.Key, right.Current.Key);
            if (order == 0)
            {
                order = Of(left.Current.Value, right.Current.Value);
            }

            if (order != 0)
            {
                return order;
            }
        }

        return x.Count.CompareTo(y.Count);
    }
}
