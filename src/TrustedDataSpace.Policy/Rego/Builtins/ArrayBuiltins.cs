namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Operations on arrays.</summary>
internal static class ArrayBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("array.concat", 2, call => new RegoArray(call.Array(0).Concat(call.Array(1)))),
        new("array.reverse", 1, call => new RegoArray(call.Array(0).Reverse())),
        new("array.flatten", 1, call => new RegoArray(call.Array(0).SelectMany(item => item is RegoArray inner ? inner.AsEnumerable() : [item]))),
        new("array.slice", 3, Slice),
    ];

    /// <summary>From the first position to before the second; positions beyond the ends mean the ends.</summary>
    private static RegoArray Slice(BuiltinCall call)
    {
        var array = call.Array(0);
        var start = Math.Max(0, call.Int32(1));
        var stop = Math.Min(array.Count, call.Int32(2));
        return start >= stop ? RegoArray.Empty : new RegoArray(array.Skip(start).Take(stop - start));
    }
}
