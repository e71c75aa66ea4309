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

    public static RegoSet Minus(RegoSet left, RegoSet right) => Select(left, right, contained: false);

    private static RegoSet And(RegoSet left, RegoSet right) => Select(left, right, contained: true);

    private static RegoSet Or(RegoSet left, RegoSet right)
    {
        if (left.Count == 0 || right.Count == 0)
        {
            return left.Count == 0 ? right : left;
        }

        var result = Select(left, RegoSet.Empty, contained: false);
        for (var i = 0; i < right.Count; i++)
        {
            result.Add(right.Table[i]);
        }

        return result;
    }

    /// <summary>The members of one set that the other contains, or does not. In no order: that is made when somebody reads in order.</summary>
    private static RegoSet Select(RegoSet from, RegoSet other, bool contained)
    {
        RegoSet? result = null;
        for (var i = 0; i < from.Count; i++)
        {
            if (other.Contains(from.Table[i]) == contained)
            {
                (result ??= new RegoSet()).Add(from.Table[i]);
            }
        }

        return result ?? RegoSet.Empty;
    }

    private static RegoSet[] Sets(BuiltinCall call)
    {
        var members = call.Set(0).Items;
        return [.. members.Select(member => member as RegoSet ??
            throw BuiltinException.WrongType(0, "set of sets", $"set containing {BuiltinCall.TypeName(member)}"))];
    }
}
