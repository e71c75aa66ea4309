using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>
/// A left operand of this version: what it accepts, and what the space does about it. <c>policies/tds/constraints.rego</c> holds the same table,
/// <c>named.rego</c> that of operands with a name.
/// </summary>
/// <param name="Name">Its name in the compiled document.</param>
/// <param name="Values">How its right operand is read.</param>
/// <param name="Operators">The operators that have a meaning for it.</param>
/// <param name="Word">What the space does about it.</param>
/// <param name="Note">How, in one sentence.</param>
internal sealed partial record LeftOperand(string Name, ValueReader Values, FrozenSet<string> Operators, Coverage Word, string Note)
{
    private static readonly FrozenSet<string> Choice = FrozenSet.Create("eq", "neq", "isAnyOf", "isNoneOf");
    private static readonly FrozenSet<string> ChoiceOfSeveral = FrozenSet.Create("eq", "isAnyOf", "isNoneOf");
    private static readonly FrozenSet<string> Order = FrozenSet.Create("lt", "lteq", "gt", "gteq");
    private static readonly FrozenSet<string> Below = FrozenSet.Create("lt", "lteq");

    private static readonly LeftOperand Count = new("count", ValueReader.QuotaOf(QuotaUnit.Count), FrozenSet.Create("lt", "lteq", "eq"), Coverage.Enforced,
        "each use is counted before it is forwarded; concurrent requests cannot overrun it")
    { Unit = QuotaUnit.Count };

    private static readonly LeftOperand Rows = Quota("rows", QuotaUnit.Rows, "taken from the quota as they are delivered, as the contract's meter counts them; the answer is cut when it is used up");
    private static readonly LeftOperand Bytes = Quota("bytes", QuotaUnit.Bytes, "taken from the quota as they are delivered; the answer is cut when it is used up");
    private static readonly LeftOperand Seconds = Quota("seconds", QuotaUnit.Seconds, "the time of each use is taken from the quota; the answer is cut when it is used up");

    private static readonly LeftOperand Network = new("networkAddress", ValueReader.Network, ChoiceOfSeveral, Coverage.Enforced,
        "compared with the address from which the provider's connector is called, at each request");

    private static readonly LeftOperand DeliveryMethod = new("deliveryMethod", ValueReader.Text, FrozenSet.Create("eq", "isAnyOf"), Coverage.Enforced,
        "a transfer in another format does not start");

    /// <summary>By canonical ODRL name.</summary>
    public static FrozenDictionary<string, LeftOperand> All { get; } = new Dictionary<string, LeftOperand>
    {
        ["purpose"] = new("purpose", ValueReader.Text, Choice, Coverage.Attested,
            "each request declares its purpose under signature and is refused when the contract does not name it; that the declaration is true is attested"),
        ["dateTime"] = new("dateTime", ValueReader.Instant, Order, Coverage.Enforced,
            "judged on the provider's clock at negotiation, at each request and while a stream runs"),
        ["tds:timeWindow"] = new("timeWindow", ValueReader.TimeWindow, FrozenSet.Create("eq", "isAnyOf"), Coverage.Enforced,
            "judged on the provider's clock at each request and while a stream runs"),
        ["tds:weekday"] = new("weekday", ValueReader.Weekday, FrozenSet.Create("eq", "isAnyOf"), Coverage.Enforced,
            "judged on the provider's clock at each request and while a stream runs"),
        ["elapsedTime"] = new("elapsedTime", ValueReader.Duration, Order, Coverage.Enforced,
            "counted on the provider's clock from the conclusion of the agreement, and judged at each request and while a stream runs"),
        ["tds:usePeriod"] = new("usePeriod", ValueReader.Duration, Order, Coverage.Enforced,
            "counted on the provider's clock from the first use, and judged at each request and while a stream runs"),
        ["tds:standingAge"] = new("standingAge", ValueReader.StandingAge, Below, Coverage.Enforced,
            "how long ago the authority last confirmed the participant's standing, judged at each request and while a stream runs; the connector's own limit (Authority:MaxStaleness) holds beside it"),
        ["spatial"] = new("spatial", ValueReader.Text, Choice, Coverage.Attested,
            "compared with the region in the participant's credential; where the data is really used is attested"),
        ["recipient"] = new("recipient", ValueReader.Did, Choice, Coverage.Enforced,
            "compared with the authenticated participant at every stage"),
        ["tds:role"] = new("role", ValueReader.Text, ChoiceOfSeveral, Coverage.Enforced,
            "compared with the roles in the participant's credential at every stage"),
        ["tds:membership"] = new("membership", ValueReader.ActiveMembership, FrozenSet.Create("eq"), Coverage.Enforced,
            "the membership credential is verified at every stage, its revocation included"),
        ["tds:clearance"] = new("clearance", ValueReader.Text, Choice, Coverage.Enforced,
            "compared with the claim clearance in the participant's credentials at every stage; a participant whose credentials have none is denied"),
        ["tds:connector"] = new("connector", ValueReader.Connector, Choice, Coverage.Enforced,
            "compared with the key or client certificate that the token of a request is bound to and that its sender has proven to have; a request whose token is bound to none, and what is pushed, is denied"),
        ["tds:application"] = new("application", ValueReader.Text, Choice, Coverage.Attested,
            "compared with the application that the consumer's connector names under its signature; a request that names none is denied"),
        ["deliveryChannel"] = DeliveryMethod,
        ["tds:deliveryMethod"] = DeliveryMethod,
        ["virtualLocation"] = Network,
        ["tds:networkAddress"] = Network,
        ["tds:consent"] = new("consent", ValueReader.Text, FrozenSet.Create("eq", "isAnyOf"), Coverage.Enforced,
            "compared at each request, and while a stream runs, with the consents that the provider holds for this product and the declared purpose; one that is withdrawn denies"),
        ["count"] = Count,
        ["tds:bytes"] = Bytes,
        ["tds:dataSize"] = Bytes,
        ["tds:rows"] = Rows,
        ["tds:dataRecord"] = Rows,
        ["tds:seconds"] = Seconds,
        ["meteredTime"] = Seconds,
        ["tds:tokens"] = Quota("tokens", QuotaUnit.Tokens, "taken from the quota as the contract's meter counts them"),
        ["tds:concurrency"] = Quota("concurrency", QuotaUnit.Concurrency, "requests that run at once are counted; one too many is refused"),
        ["tds:frequency"] = Quota("frequency", QuotaUnit.Frequency, "requests are counted in each period; one too many is refused"),
    }.ToFrozenDictionary();

    // Operands with a name behind a slash.
    private static readonly FrozenDictionary<string, LeftOperand> Named = new Dictionary<string, LeftOperand>
    {
        ["tds:claim/"] = new("claim", ValueReader.Text, ChoiceOfSeveral, Coverage.Attested,
            "compared with the claim of this name in the participant's credentials, at every stage; a participant whose credentials have none is denied"),
        ["tds:signal/"] = new("signal", ValueReader.Text, Choice, Coverage.Enforced,
            "compared with the signal of this name at the provider's connector from the transfer on, and while a stream runs; one that is not set denies"),
    }.ToFrozenDictionary();

    /// <summary>Who does it: what is attested is compared all the same, with what somebody states.</summary>
    public string Where => Word == Coverage.Enforced ? "provider's connector" : "provider's connector, on a signed statement";

    /// <summary>What is accepted, for a person who corrects an offer.</summary>
    public static IEnumerable<string> Names =>
        All.Keys.Concat(Named.Keys.Select(prefix => prefix + "NAME")).Concat(KeptOperand.Names).Append("those of the Catena-X profile").Order(StringComparer.Ordinal);

    /// <summary>Set where the operand is a quota.</summary>
    public QuotaUnit? Unit { get; private init; }

    /// <summary>The name of the fact, for operands with one.</summary>
    public string? Of { get; init; }

    /// <summary>The operator in the rules, where a profile says it by the operand: an end date that is "equal" is the last one.</summary>
    public string? OpInRules { get; init; }

    /// <summary>A value that asks for nothing, so that there is nothing to decide.</summary>
    public string? SaysNothing { get; init; }

    /// <summary>The operand of a canonical name, or null.</summary>
    public static LeftOperand? Find(string canonicalName)
    {
        if (All.TryGetValue(canonicalName, out var operand) || CatenaX.Deciding.TryGetValue(canonicalName, out operand))
        {
            return operand;
        }

        // The IRI of a name with a slash is no plain word, so it comes here as it was written.
        const string Iri = "https://w3id.org/trusted-data-space/ns/";
        var name = canonicalName.StartsWith(Iri, StringComparison.Ordinal) ? "tds:" + canonicalName[Iri.Length..] : canonicalName;
        var slash = name.IndexOf('/', StringComparison.Ordinal) + 1;
        return Named.TryGetValue(name[..slash], out var named) && NamePattern().IsMatch(name[slash..]) ? named with { Of = name[slash..] } : null;
    }

    /// <summary>Whether the operator takes a list of values.</summary>
    public static bool TakesMany(string op) => op is "isAnyOf" or "isNoneOf" or "isAllOf";

    private static LeftOperand Quota(string name, QuotaUnit unit, string note) => new(name, ValueReader.QuotaOf(unit), Below, Coverage.Enforced, note) { Unit = unit };

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._\-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
