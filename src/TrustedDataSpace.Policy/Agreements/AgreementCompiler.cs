using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>
/// Turns an ODRL offer or agreement, as the Dataspace Protocol carries it, into the document that decisions are taken on.
/// Values stay values: no part of a policy ever becomes Rego source. What is not understood is refused here, when it is offered, never when it is used.
/// </summary>
public static class AgreementCompiler
{
    /// <summary>Most rules in one policy. Every decision walks all of them.</summary>
    public const int MaxRules = 64;

    /// <summary>Most constraints in one policy.</summary>
    public const int MaxConstraints = 256;

    // Terms that decide nothing: the data plane and the statement read them from the signed original.
    private static readonly (string Name, Coverage Word, string Where, string Note)[] KeptTerms =
    [
        ("tds:meter", Agreements.Coverage.Enforced, "both connectors", "both connectors count by it; an answer that cannot be counted is not delivered"),
        ("tds:tolerance", Agreements.Coverage.Enforced, "authority", "where the two counts differ by no more, the lower settles with a note; else it is a dispute"),
        ("tds:delivery", Agreements.Coverage.Enforced, "provider's connector", "the provider's connector leaves out other rows and columns while data flows"),
        ("tds:pricePlan", Agreements.Coverage.LegalOnly, "both connectors", "kept and signed; statements are rated by it"),
    ];

    private static readonly FrozenSet<string> AllowedConflict = FrozenSet.Create("prohibit");

    /// <summary>Compiles a policy.</summary>
    /// <param name="odrlPolicy">An <c>Offer</c> or <c>Agreement</c> in compacted JSON-LD; one value in place of a list of one is accepted.</param>
    /// <exception cref="PolicyRefusedException">The policy cannot be enforced as written; all problems are listed.</exception>
    public static CompiledAgreement Compile(JsonElement odrlPolicy)
    {
        var problems = new List<PolicyProblem>();
        var members = ObjectShape.Policy.Members(odrlPolicy, "", problems);
        var kind = ReadKind(members, problems);
        var isAgreement = kind == "agreement";
        var rules = new RuleReader(problems);

        var document = new JsonObject
        {
            ["kind"] = kind,
            ["id"] = ReadId(members, problems),
            ["target"] = ReadName(members, "target", isAgreement, problems),
            ["assigner"] = ReadName(members, "assigner", isAgreement, problems),
            ["assignee"] = ReadName(members, "assignee", isAgreement, problems),
            ["permissions"] = rules.Read(members, "permission"),
            ["prohibitions"] = Together(rules.Read(members, "prohibition"), rules.Read(members, "obligation")),
        };

        // Beside the rules, not in them: policies of before these duties read no contract that has one.
        document["duties"] = rules.Duties;

        if (document["permissions"] is JsonArray { Count: 0 })
        {
            problems.Add(new("permission", "the policy permits nothing", "give at least one permission"));
        }

        CheckCounted(document["permissions"]!.AsArray(), members, problems);
        RequireBalance(document["permissions"]!.AsArray(), members, rules.Coverage);

        // Prohibition wins, always: a policy that asks for another strategy would mean something else than it says.
        if (members.TryGetValue("conflict", out var conflict) && !AllowedConflict.Contains(OdrlName.Canonical(OneOrMany.Name(conflict) ?? "")))
        {
            problems.Add(new("conflict", "this conflict strategy is not supported", "leave it out or write \"prohibit\": prohibitions win"));
        }

        foreach (var (name, word, where, note) in KeptTerms)
        {
            if (members.TryGetValue(name, out var term))
            {
                rules.Coverage.Add(new(name, term.GetRawText(), word, note) { Where = where });
            }
        }

        return problems.Count == 0
            ? new CompiledAgreement(JsonSerializer.SerializeToElement(document), rules.Coverage)
            : throw new PolicyRefusedException(problems);
    }

    // A prepaid plan is a term like the others: no permission of it holds for a use that the balance does not cover.
    private static void RequireBalance(JsonArray permissions, Dictionary<string, JsonElement> members, List<TermCoverage> coverage)
    {
        if (!members.TryGetValue("tds:pricePlan", out var plan) || plan.ValueKind != JsonValueKind.Object || !plan.TryGetProperty("prepaid", out var prepaid) || prepaid.ValueKind != JsonValueKind.True)
        {
            return;
        }

        const string Term = "tds:pricePlan.prepaid";
        foreach (var permission in permissions)
        {
            permission!["constraints"]!.AsArray().Add((JsonNode)new JsonObject { ["id"] = Term, ["left"] = "quota", ["of"] = QuotaTerm.Prepaid, ["op"] = "lteq", ["right"] = 0, ["text"] = "a balance that covers the use" });
        }

        coverage.Add(new(Term, "prepaid", Agreements.Coverage.Enforced, "the price is taken from the balance before data flows; without cover nothing flows, and what flows is cut"));
    }

    // What nothing counts would never be used up. Records and tokens are counted as the contract's meter says, and only then.
    private static void CheckCounted(JsonArray permissions, Dictionary<string, JsonElement> members, List<PolicyProblem> problems)
    {
        var meter = members.TryGetValue("tds:meter", out var rule) && rule.ValueKind == JsonValueKind.Object && rule.TryGetProperty("unit", out var unit) ? unit : default;
        var counted = meter.ValueKind == JsonValueKind.String ? meter.GetString() : "request";
        foreach (var constraint in permissions.SelectMany(permission => permission!["constraints"]!.AsArray()).OfType<JsonObject>())
        {
            if (QuotaTerm.Of(JsonSerializer.SerializeToElement(constraint)) is not { } quota)
            {
                continue;
            }

            var needed = quota.Unit switch { QuotaUnit.Rows => "row", QuotaUnit.Tokens => "token", _ => null };
            if (needed is not null && counted != needed)
            {
                problems.Add(new((string)constraint["id"]!, $"nothing counts the {(needed == "row" ? "records" : "AI tokens")} of this contract: its meter counts the unit \"{counted}\"",
                    needed == "row" ? "add \"tds:meter\": {\"unit\": \"row\", \"format\": \"text/csv\"} to the policy" : "add a \"tds:meter\" with the unit \"token\" to the policy"));
            }
        }
    }

    // An obligation to deliver until a time is, for who asks for data, a prohibition after it.
    private static JsonArray Together(JsonArray prohibitions, JsonArray obligations)
    {
        foreach (var rule in obligations)
        {
            prohibitions.Add(rule!.DeepClone());
        }

        return prohibitions;
    }

    private static string? ReadKind(Dictionary<string, JsonElement> members, List<PolicyProblem> problems)
    {
        var type = members.TryGetValue("@type", out var value) ? OneOrMany.Name(value) : null;
        var kind = type is null ? null : OdrlName.Canonical(type) switch { "Offer" => "offer", "Agreement" => "agreement", _ => null };
        if (kind is null)
        {
            problems.Add(new("@type", type is null ? "the policy class is missing" : $"'{type}' is not a supported policy class", "write \"Offer\" or \"Agreement\""));
        }

        return kind;
    }

    private static string? ReadId(Dictionary<string, JsonElement> members, List<PolicyProblem> problems)
    {
        if (members.ContainsKey("@id") && members.ContainsKey("uid"))
        {
            problems.Add(new("uid", "the policy has both @id and uid", "give one of them"));
        }

        return ReadName(members, members.ContainsKey("uid") ? "uid" : "@id", required: true, problems);
    }

    private static string? ReadName(Dictionary<string, JsonElement> members, string property, bool required, List<PolicyProblem> problems)
    {
        if (!members.TryGetValue(property, out var value))
        {
            if (required)
            {
                problems.Add(new(property, $"'{property}' is missing", "give one identifier"));
            }

            return null;
        }

        var name = OneOrMany.Name(value);
        if (name is null)
        {
            problems.Add(new(property, $"'{property}' is {ObjectShape.Describe(value)}", "give one identifier, as a string or {\"@id\": ...}"));
        }

        return name;
    }
}
