namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Ranges of addresses in CIDR notation. Nothing is looked up in the network.</summary>
internal static class CidrBuiltins
{
    /// <summary>A larger range is refused, because all its addresses are made in memory.</summary>
    private const int MaxExpansion = 1 << 20;

    public static IEnumerable<Builtin> All =>
    [
        new("net.cidr_is_valid", 1, call => RegoBoolean.Of(call[0] is RegoString text && AddressRange.TryParse(text.Value) is not null)),
        new("net.cidr_contains", 2, call => RegoBoolean.Of(Range(call, 0).Contains(ParseRangeOrAddress(call.Text(1))))),
        new("net.cidr_intersects", 2, Intersects),
        new("net.cidr_expand", 1, Expand),
        new("net.cidr_contains_matches", 2, ContainsMatches),
        new("net.cidr_merge", 1, Merge),
    ];

    private static AddressRange Range(BuiltinCall call, int operand) => ParseRange(call.Text(operand));

    private static AddressRange ParseRange(string text) =>
        AddressRange.TryParse(text) ?? throw BuiltinException.Failed($"invalid CIDR address: {text}");

    private static AddressRange ParseRangeOrAddress(string text) => text.Contains('/', StringComparison.Ordinal) ? ParseRange(text)
        : AddressRange.TryParseAddress(text) ?? throw BuiltinException.Failed($"not a valid textual representation of an IP address or CIDR: {text}");

    private static RegoBoolean Intersects(BuiltinCall call)
    {
        var (x, y) = (Range(call, 0), Range(call, 1));
        return RegoBoolean.Of(x.Contains(y) || y.Contains(x));
    }

    private static RegoSet Expand(BuiltinCall call)
    {
        var range = Range(call, 0);
        if (range.Size > MaxExpansion)
        {
            throw BuiltinException.Failed($"the range has more than {MaxExpansion} addresses");
        }

        call.Evaluation.Spend((long)range.Size);
        return new RegoSet(range.Addresses().Select(address => new RegoString(address)));
    }

    /// <summary>The pairs of keys whose second member lies in the first.</summary>
    private static RegoSet ContainsMatches(BuiltinCall call)
    {
        var ranges = Keyed(call, 0).Select(entry => (entry.Key, Range: ParseRange(entry.Text))).ToList();
        var candidates = Keyed(call, 1).Select(entry => (entry.Key, Range: ParseRangeOrAddress(entry.Text))).ToList();
        call.Evaluation.Spend((long)ranges.Count * candidates.Count);
        return new RegoSet(
            from range in ranges
            from candidate in candidates
            where range.Range.Contains(candidate.Range)
            select new RegoArray([range.Key, candidate.Key]));
    }

    /// <summary>The texts of a string, or of the members of a collection, which may be tuples that begin with one.</summary>
    private static IEnumerable<(RegoValue Key, string Text)> Keyed(BuiltinCall call, int operand)
    {
        IEnumerable<(RegoValue Key, RegoValue Member)> members = call[operand] switch
        {
            RegoString => [(call[operand], call[operand])],
            RegoArray array => array.Index().Select(item => ((RegoValue)new RegoNumber(item.Index), item.Item)),
            RegoSet set => set.Items.Select(item => (item, item)),
            RegoObject @object => @object.Entries.Select(entry => (entry.Key, entry.Value)),
            _ => throw call.Wrong(operand, "one of {string, array, set, object}"),
        };
        foreach (var (key, member) in members)
        {
            yield return (member is RegoArray { Count: > 0 } tuple ? tuple[0] : member) is RegoString text
                ? (key, text.Value)
                : throw BuiltinException.Failed($"operand {operand + 1}: element must be string or non-empty array");
        }
    }

    private static RegoSet Merge(BuiltinCall call)
    {
        var ranges = new List<AddressRange>();
        foreach (var text in call.Texts(0))
        {
            ranges.Add(text.Contains('/', StringComparison.Ordinal) ? ParseRange(text) : AddressRange.TryParseClassful(text)
                ?? throw BuiltinException.Failed(text.Contains(':', StringComparison.Ordinal)
                    ? "IPv6 invalid: needs prefix length"
                    : $"invalid CIDR address: {text}"));
        }

        return new RegoSet(ranges.GroupBy(range => range.Family).SelectMany(AddressRange.Merge).Select(range => new RegoString(range.ToString())));
    }
}
