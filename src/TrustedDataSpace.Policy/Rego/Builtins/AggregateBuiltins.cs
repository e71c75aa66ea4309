namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Counting, adding up, ordering.</summary>
internal static class AggregateBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("count", 1, Count) { Quick = (x, _) => x is RegoString ? null : Size(x) is >= 0 and var size ? RegoNumber.Of(size) : null },
        new("sum", 1, call => Numbers(call).Aggregate(new RegoNumber(0), NumberBuiltins.Add)),
        new("product", 1, call => Numbers(call).Aggregate(new RegoNumber(1), NumberBuiltins.Multiply)),
        new("max", 1, call => call.Members(0).Max(ValueOrder.Instance)),
        new("min", 1, call => call.Members(0).Min(ValueOrder.Instance)),
        new("sort", 1, call => new RegoArray(call.Members(0).Order(ValueOrder.Instance))),
        new("all", 1, call => RegoBoolean.Of(call.Members(0).All(member => ReferenceEquals(member, RegoBoolean.True)))),
        new("any", 1, call => RegoBoolean.Of(call.Members(0).Any(member => ReferenceEquals(member, RegoBoolean.True)))),
    ];

    /// <summary>How many members there are; -1 for what has none.</summary>
    private static int Size(RegoValue value) => value switch
    {
        RegoArray array => array.Count,
        RegoSet set => set.Count,
        RegoObject @object => @object.Count,
        _ => -1,
    };

    private static RegoNumber Count(BuiltinCall call) => new(call[0] switch
    {
        RegoArray array => array.Count,
        RegoSet set => set.Count,
        RegoObject @object => @object.Count,
        RegoString text => text.Value.EnumerateRunes().Count(),
        _ => throw call.Wrong(0, "one of {array, object, set, string}"),
    });

    private static IEnumerable<RegoNumber> Numbers(BuiltinCall call)
    {
        foreach (var member in call.Members(0))
        {
            yield return member as RegoNumber ?? throw BuiltinException.WrongType(
                0, $"{BuiltinCall.TypeName(call[0])} of numbers", $"{BuiltinCall.TypeName(call[0])} containing {BuiltinCall.TypeName(member)}");
        }
    }
}
