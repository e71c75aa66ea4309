using System.Collections.Frozen;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>A left operand of this version: what it accepts, and what the space does about it. <c>policies/tds/constraints.rego</c> holds the same table.</summary>
/// <param name="Name">Its name in the compiled document.</param>
/// <param name="Values">How its right operand is read.</param>
/// <param name="Operators">The operators that have a meaning for it.</param>
/// <param name="Word">What the space does about it.</param>
/// <param name="Note">How, in one sentence.</param>
internal sealed record LeftOperand(string Name, ValueReader Values, FrozenSet<string> Operators, Coverage Word, string Note)
{
    private static readonly FrozenSet<string> Choice = FrozenSet.Create("eq", "neq", "isAnyOf", "isNoneOf");

    /// <summary>By canonical ODRL name.</summary>
    public static FrozenDictionary<string, LeftOperand> All { get; } = new Dictionary<string, LeftOperand>
    {
        ["purpose"] = new("purpose", ValueReader.Text, Choice, Coverage.Attested,
            "each request declares its purpose under signature and is refused when the contract does not name it; that the declaration is true is attested"),
        ["dateTime"] = new("dateTime", ValueReader.Instant, FrozenSet.Create("lt", "lteq", "gt", "gteq"), Coverage.Enforced,
            "judged on the provider's clock at negotiation, at each request and while a stream runs"),
        ["tds:timeWindow"] = new("timeWindow", ValueReader.TimeWindow, FrozenSet.Create("eq", "isAnyOf"), Coverage.Enforced,
            "judged on the provider's clock at each request and while a stream runs"),
        ["spatial"] = new("spatial", ValueReader.Text, Choice, Coverage.Attested,
            "compared with the region in the participant's credential; where the data is really used is attested"),
        ["recipient"] = new("recipient", ValueReader.Did, Choice, Coverage.Enforced,
            "compared with the authenticated participant at every stage"),
        ["tds:role"] = new("role", ValueReader.Text, FrozenSet.Create("eq", "isAnyOf", "isNoneOf"), Coverage.Enforced,
            "compared with the roles in the participant's credential at every stage"),
        ["tds:membership"] = new("membership", ValueReader.ActiveMembership, FrozenSet.Create("eq"), Coverage.Enforced,
            "the membership credential is verified at every stage, its revocation included"),
        ["count"] = new("count", ValueReader.WholeNumber, FrozenSet.Create("lt", "lteq", "eq"), Coverage.Enforced,
            "each request is counted before it is forwarded; concurrent requests cannot overrun it"),
    }.ToFrozenDictionary();

    /// <summary>Whether the operator takes a list of values.</summary>
    public static bool TakesMany(string op) => op is "isAnyOf" or "isNoneOf";
}
