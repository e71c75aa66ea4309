namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Operations on sets.</summary>
internal static class SetBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("and", 2, call => And(call.Set(0), call.Set(1))),
        new("or", 2, call => Or(call.Set(0), call.Set(1))),
        new("intersection", 1, call => Sets(call) is [var first, .. var others] ? others.Aggregate(first, And) : RegoSet.Empty),
        new("union", 1, call => Sets(call).Aggregate(RegoSet.Empty, Or)),
    ];

    public static RegoSet Minus(RegoSet left, RegoSet right) => new(left.Items.Where(member => !right.Contains(member)));

    private static RegoSet And(RegoSet left, RegoSet right) => new(left.Items.Where(right.Contains));

    private static RegoSet Or(RegoSet left, RegoSet right) => new(left.Items.Concat(right.Items));

    private static RegoSet[] Sets(BuiltinCall call)
    {
        var members = call.Set(0).Items;
        return [.. members.Select(member => member as RegoSet ??
            throw BuiltinException.WrongType(0, "set of sets", $"set containing {BuiltinCall.TypeName(member)}"))];
    }
}
