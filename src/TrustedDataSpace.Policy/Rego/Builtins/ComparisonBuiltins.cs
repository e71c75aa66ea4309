namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary><c>==</c>, <c>!=</c>, the orders, and membership.</summary>
internal static class ComparisonBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("equal", 2, call => RegoBoolean.Of(call[0].Equals(call[1]))),
        new("eq", 2, call => RegoBoolean.Of(call[0].Equals(call[1]))),
        new("neq", 2, call => RegoBoolean.Of(!call[0].Equals(call[1]))),
        new("lt", 2, call => RegoBoolean.Of(ValueOrder.Of(call[0], call[1]) < 0)),
        new("lte", 2, call => RegoBoolean.Of(ValueOrder.Of(call[0], call[1]) <= 0)),
        new("gt", 2, call => RegoBoolean.Of(ValueOrder.Of(call[0], call[1]) > 0)),
        new("gte", 2, call => RegoBoolean.Of(ValueOrder.Of(call[0], call[1]) >= 0)),
        new("internal.member_2", 2, call => RegoBoolean.Of(IsMember(call[0], call[1]))),
        new("internal.member_3", 3, call => RegoBoolean.Of(call[2].Lookup(call[0]) is { } value && value.Equals(call[1]))),
    ];

    private static bool IsMember(RegoValue value, RegoValue collection) => collection switch
    {
        RegoSet set => set.Contains(value),
        RegoArray array => array.Contains(value),
        RegoObject @object => @object.Entries.Any(entry => entry.Value.Equals(value)),
        _ => false,
    };
}
