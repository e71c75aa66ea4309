using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>The left operands of the Catena-X ODRL profile (schemas 2025-09): those that decide here, and those that are kept.</summary>
internal static partial class CatenaX
{
    private const long MillisecondsPerDay = 86_400_000;
    private const string Unlimited = "cx.dataFrequency.unlimited:1";

    private static readonly FrozenSet<string> Equal = FrozenSet.Create("eq");
    private static readonly FrozenSet<string> AnyOf = FrozenSet.Create("isAnyOf");
    private static readonly FrozenSet<string> AnyOrNoneOf = FrozenSet.Create("isAnyOf", "isNoneOf");
    private static readonly FrozenSet<string> AllOf = FrozenSet.Create("isAllOf");

    private static readonly ValueReader Partner = new(["xsd:string"], "a business partner number, such as BPNL00000003CRHK", static text => PartnerPattern().IsMatch(text) ? text : null);

    private static readonly ValueReader Days = new(["xsd:integer", "xsd:string"], "a number of days from 1", static text =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days > 0 ? days * MillisecondsPerDay : null);

    private static readonly ValueReader Frequency = new(["xsd:string"], "cx.dataFrequency.once:1 or cx.dataFrequency.unlimited:1",
        static text => text == "cx.dataFrequency.once:1" ? 1L : text == Unlimited ? 0L : null);

    /// <summary>Operands that decide, by canonical name, in the terms of the rules.</summary>
    public static FrozenDictionary<string, LeftOperand> Deciding { get; } = new Dictionary<string, LeftOperand>
    {
        ["cx:Membership"] = new("membership", ValueReader.ActiveMembership, Equal, Coverage.Enforced,
            "the membership credential is verified at every stage, its revocation included"),
        ["cx:FrameworkAgreement"] = Claim("frameworkAgreement", ValueReader.Text, Equal),
        ["cx:BusinessPartnerNumber"] = Claim("bpn", Partner, AnyOrNoneOf),
        ["cx:BusinessPartnerGroup"] = Claim("bpnGroup", ValueReader.Text, AnyOrNoneOf),
        ["cx:UsagePurpose"] = new("purpose", ValueReader.Text, AnyOf, Coverage.Attested,
            "each request declares its purpose under signature and is refused when the contract does not name it; that the declaration is true is attested"),
        ["cx:DataUsageEndDate"] = new("dateTime", ValueReader.Instant, Equal, Coverage.Enforced,
            "the provider delivers nothing after it; that what was delivered is not used after it is attested")
        { OpInRules = "lteq" },
        ["cx:DataUsageEndDurationDays"] = new("elapsedTime", Days, Equal, Coverage.Enforced,
            "the provider delivers nothing after it, counted from the agreement; that what was delivered is not used after it is attested")
        { OpInRules = "lteq" },
        ["cx:DataFrequency"] = new("count", Frequency, Equal, Coverage.Enforced, "once: one use is delivered, and no other") { OpInRules = "lteq", SaysNothing = Unlimited },
    }.ToFrozenDictionary();

    /// <summary>Operands of an obligation of the provider: to deliver until then. As a rule, nothing is delivered after it.</summary>
    public static FrozenDictionary<string, LeftOperand> Obligations { get; } = new Dictionary<string, LeftOperand>
    {
        ["cx:DataProvisioningEndDate"] = new("dateTime", ValueReader.Instant, Equal, Coverage.Enforced, "nothing is delivered after it, on the provider's clock") { OpInRules = "gt" },
        ["cx:DataProvisioningEndDurationDays"] = new("elapsedTime", Days, Equal, Coverage.Enforced,
            "nothing is delivered after it, counted on the provider's clock from the agreement")
        { OpInRules = "gt" },
    }.ToFrozenDictionary();

    /// <summary>Operands that decide nothing.</summary>
    public static FrozenDictionary<string, KeptOperand> Kept { get; } = new Dictionary<string, KeptOperand>
    {
        ["cx:ContractReference"] = Legal(AllOf),
        ["cx:AffiliatesBpnl"] = Legal(AnyOf),
        ["cx:AffiliatesRegion"] = Legal(AnyOf),
        ["cx:ManagedLegalEntityBpnl"] = Legal(AnyOf),
        ["cx:ManagedLegalEntityRegion"] = Legal(AnyOf),
        ["cx:DataUsageEndDefinition"] = Legal(Equal),
        ["cx:ExclusiveUsage"] = Legal(Equal),
        ["cx:JurisdictionLocation"] = Legal(Equal),
        ["cx:JurisdictionLocationReference"] = Legal(Equal),
        ["cx:Liability"] = Legal(Equal),
        ["cx:Precedence"] = Legal(Equal),
        ["cx:Warranty"] = Legal(Equal),
        ["cx:WarrantyDefinition"] = Legal(Equal),
        ["cx:WarrantyDurationMonths"] = Legal(Equal),
        ["cx:ConfidentialInformationMeasures"] = Legal(Equal),
        ["cx:ConfidentialInformationSharing"] = Legal(AnyOf),
        ["cx:VersionChanges"] = new(Coverage.Enforced, "a product version never changes, and an agreement is about one version", Equal),
        ["cx:UsageRestriction"] = new(Coverage.Attested, "the consumer promises it by its signature; the provider's connector cannot see what happens after delivery", AllOf),
        ["cx:ContractTermination"] = new(Coverage.Attested, "the consumer promises it by its signature; no proof of deletion is asked for", Equal),
    }.ToFrozenDictionary();

    /// <summary>Terms of which one rule of the profile may have only one.</summary>
    public static IReadOnlyList<string[]> Exclusive { get; } =
    [
        ["cx:WarrantyDefinition", "cx:WarrantyDurationMonths"],
        ["cx:DataUsageEndDate", "cx:DataUsageEndDurationDays", "cx:DataUsageEndDefinition"],
        ["cx:DataProvisioningEndDate", "cx:DataProvisioningEndDurationDays"],
    ];

    private static LeftOperand Claim(string name, ValueReader values, FrozenSet<string> operators) => new("claim", values, operators, Coverage.Attested,
        $"compared with the claim {name} in the participant's credentials at every stage; a participant whose credentials have none is denied")
    { Of = name };

    private static KeptOperand Legal(FrozenSet<string> operators) => new(Coverage.LegalOnly, "kept and signed; nothing technical happens", operators);

    [GeneratedRegex(@"^BPN[LSA][0-9A-Z]{12}\z", RegexOptions.CultureInvariant)]
    private static partial Regex PartnerPattern();
}
