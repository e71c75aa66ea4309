namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary><c>==</c>, <c>!=</c>, the orders, and membership.</summary>
internal static class ComparisonBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        Builtin.OfTwo("equal", (x, y) => RegoBoolean.Of(x.Equals(y))),
        Builtin.OfTwo("eq", (x, y) => RegoBoolean.Of(x.Equals(y))),
        Builtin.OfTwo("neq", (x, y) => RegoBoolean.Of(!x.Equals(y))),
        Builtin.OfTwo("lt", (x, y) => RegoBoolean.Of(ValueOrder.Of(x, y!) < 0)),
        Builtin.OfTwo("lte", (x, y) => RegoBoolean.Of(ValueOrder.Of(x, y!) <= 0)),
        Builtin.OfTwo("gt", (x, y) => RegoBoolean.Of(ValueOrder.Of(x, y!) > 0)),
        Builtin.OfTwo("gte", (x, y) => RegoBoolean.Of(ValueOrder.Of(x, y!) >= 0)),
        Builtin.OfTwo("internal.member_2", (x, y) => RegoBoolean.Of(IsMember(x, y!))),
        new("internal.member_3", 3, call => RegoBoolean.Of(call[2].Lookup(call[0]) is { } value && value.Equals(call[1]))),
    ];

    private static bool IsMember(RegoValue value, RegoValue collection) => collection switch
    {
        RegoSet set => set.Contains(value),
        RegoArray array => array.IndexOf(value) >= 0,
        RegoObject @object => @object.Entries.Any(entry => entry.Value.Equals(value)),
        _ => false,
    };
}
