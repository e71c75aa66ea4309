namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Operations on objects.</summary>
internal static class ObjectBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("object.get", 3, Get),
        new("object.keys", 1, call => new RegoSet(call.Object(0).Entries.Select(entry => entry.Key))),
        new("object.union", 2, call => Union(call.Object(0), call.Object(1))),
        new("object.union_n", 1, UnionAll),
        new("object.remove", 2, call => Select(call, keep: false)),
        new("object.filter", 2, call => Select(call, keep: true)),
        new("object.subset", 2, IsSubset),
    ];

    /// <summary>By a key, or by the path that an array gives; the default if it is not there.</summary>
    private static RegoValue Get(BuiltinCall call)
    {
        RegoValue? value = call.Object(0);
        if (call[1] is not RegoArray path)
        {
            return value.Lookup(call[1]) ?? call[2];
        }

        foreach (var step in path)
        {
            value = value is RegoSet ? null : value?.Lookup(step);
        }

        return value ?? call[2];
    }

    /// <summary>The right one wins, except that objects under the same key are united.</summary>
    private static RegoObject Union(RegoObject left, RegoObject right)
    {
        var result = new RegoObject(left.Entries);
        foreach (var (key, value) in right.Entries)
        {
            result.Set(key, result.Lookup(key) is RegoObject inner && value is RegoObject other ? Union(inner, other) : value);
        }

        return result;
    }

    private static RegoObject UnionAll(BuiltinCall call)
    {
        var result = RegoObject.Empty;
        foreach (var item in call.Array(0))
        {
            result = Union(result, item as RegoObject ??
                throw BuiltinException.WrongType(0, "array of objects", $"array containing {BuiltinCall.TypeName(item)}"));
        }

        return result;
    }

    private static RegoObject Select(BuiltinCall call, bool keep)
    {
        var @object = call.Object(0);
        var keys = call[1] switch
        {
            RegoObject names => new RegoSet(names.Entries.Select(entry => entry.Key)),
            RegoSet set => set,
            RegoArray array => new RegoSet(array),
            _ => throw call.Wrong(1, "one of {object, set, array}"),
        };
        return new RegoObject(@object.Entries.Where(entry => keys.Contains(entry.Key) == keep));
    }

    private static RegoBoolean IsSubset(BuiltinCall call)
    {
        var (super, sub) = (call[0], call[1]);
        return (super, sub) switch
        {
            (RegoObject, RegoObject) or (RegoSet, RegoSet) or (RegoArray, RegoArray) => RegoBoolean.Of(IsSubset(super, sub)),
            (RegoArray array, RegoSet set) => RegoBoolean.Of(set.Items.All(array.Contains)),
            _ => throw BuiltinException.Failed("both arguments object.subset must be of the same type or array and set"),
        };
    }

    private static bool IsSubset(RegoValue super, RegoValue sub) => (super, sub) switch
    {
        (RegoObject all, RegoObject some) => some.Entries.All(entry => all.Lookup(entry.Key) is { } value && IsSubset(value, entry.Value)),
        (RegoSet all, RegoSet some) => some.Items.All(all.Contains),
        (RegoArray all, RegoArray some) => Enumerable.Range(0, Math.Max(0, all.Count - some.Count + 1)).Any(start => all.Skip(start).Take(some.Count).SequenceEqual(some)),
        _ => super.Equals(sub),
    };
}
