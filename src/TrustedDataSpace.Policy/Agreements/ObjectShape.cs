using System.Collections.Frozen;
using System.Text.Json;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>The properties that one kind of ODRL object may have. What is on none of the three lists is refused, so nothing is dropped unseen.</summary>
/// <param name="Noun">What the object is called in an error.</param>
/// <param name="Read">Properties that decide.</param>
/// <param name="Refused">Properties that are known and not carried out there, with what to do instead.</param>
/// <param name="Kept">Properties that decide nothing, and stay in the signed original.</param>
internal sealed record ObjectShape(string Noun, FrozenSet<string> Read, FrozenDictionary<string, string> Refused, FrozenSet<string> Kept)
{
    private static readonly string[] KeptAnywhere = ["@context", "@id", "@type", "uid", "profile", "timestamp"];

    // A context of its own could give the terms another meaning for whoever reads them as JSON-LD.
    private static readonly FrozenSet<string> KnownContexts = FrozenSet.Create(
        "https://w3id.org/dspace/2025/1/context.jsonld",
        "https://w3id.org/dspace/2025/1/odrl-profile.jsonld",
        "http://www.w3.org/ns/odrl.jsonld",
        "https://www.w3.org/ns/odrl.jsonld",
        "https://w3id.org/trusted-data-space/ns/context.jsonld");

    private const string NoDuty = "leave it out: a duty is one of a permission, and carried out before each release";
    private const string OneTarget = "set the target once, on the policy";
    private const string OnPolicy = "set it once, on the policy";
    private const string Split = "constraints of one rule all have to hold; write alternatives as several permissions";

    public static ObjectShape Policy { get; } = Of("policy", ["permission", "prohibition", "obligation", "target", "assigner", "assignee", "conflict"], new()
    {
        ["duty"] = NoDuty,
        ["inheritFrom"] = "write the inherited rules out",
    }, "tds:meter", "tds:tolerance", "tds:delivery", "tds:pricePlan");

    public static ObjectShape Rule { get; } = Of("rule", ["action", "constraint"], new()
    {
        ["target"] = OneTarget,
        ["assigner"] = "set the assigner once, on the policy",
        ["assignee"] = "set the assignee once, on the policy",
        ["duty"] = NoDuty,
        ["obligation"] = NoDuty,
        ["remedy"] = NoDuty,
        ["consequence"] = NoDuty,
        ["refinement"] = "write it as a constraint of the rule",
        ["tds:meter"] = OnPolicy,
        ["tds:tolerance"] = OnPolicy,
        ["tds:delivery"] = OnPolicy,
        ["tds:pricePlan"] = OnPolicy,
    });

    /// <summary>A rule that may ask for something before each release.</summary>
    public static ObjectShape Permission { get; } = Rule with
    {
        Read = Rule.Read.Append("duty").ToFrozenSet(),
        Refused = Rule.Refused.Where(refused => refused.Key != "duty").ToFrozenDictionary(),
    };

    public static ObjectShape Duty { get; } = Of("duty", ["action"], new()
    {
        ["constraint"] = "leave it out: the duty is carried out for each use that the permission covers; write when as a constraint of the permission",
        ["refinement"] = "leave it out: the duty has one meaning",
        ["consequence"] = "leave it out: without the duty nothing is released",
    });

    public static ObjectShape Constraint { get; } = Of("constraint", ["leftOperand", "operator", "rightOperand", "and"], new()
    {
        ["or"] = Split,
        ["xone"] = Split,
        ["andSequence"] = Split,
        ["rightOperandReference"] = "write the value as rightOperand: nothing is fetched for a decision",
        ["refinement"] = "write it as a constraint of the rule",
        ["unit"] = "leave it out: each operand has one fixed unit",
        ["dataType"] = "write the value with @type and @value",
        ["tds:meter"] = OnPolicy,
        ["tds:tolerance"] = OnPolicy,
        ["tds:delivery"] = OnPolicy,
        ["tds:pricePlan"] = OnPolicy,
    });

    /// <summary>The deciding members of an object by canonical name; every other member is reported or known not to decide.</summary>
    public Dictionary<string, JsonElement> Members(JsonElement element, string path, List<PolicyProblem> problems)
    {
        var members = new Dictionary<string, JsonElement>();
        if (element.ValueKind != JsonValueKind.Object)
        {
            problems.Add(new(path, $"a {Noun} is a JSON object, this is {Describe(element)}", $"write an object with {string.Join(", ", Read.Order())}"));
            return members;
        }

        foreach (var property in element.EnumerateObject())
        {
            var name = OdrlName.Canonical(property.Name);
            var at = path.Length == 0 ? name : $"{path}.{name}";

            // Twice the same name, perhaps in two spellings: readers differ on which one counts, so neither does.
            if (!members.TryAdd(name, property.Value))
            {
                problems.Add(new(at, $"'{name}' is given more than once", "give it once, in one spelling"));
            }
            else if (Refused.TryGetValue(name, out var remedy))
            {
                if (name is "duty" or "obligation")
                {
                    problems.AddRange(RefusedTerms.RefuseDuties(property.Value, at));
                }
                else if (property.Value is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() > 0)
                {
                    problems.Add(new(at, $"'{name}' of a {Noun} is not supported", remedy));
                }
            }
            else if (name == "@context" && !OneOrMany.Items(property.Value).All(IsKnownContext))
            {
                problems.Add(new(at, $"the context of this {Noun} is not known here", $"leave it out, or name some of: {string.Join(", ", KnownContexts.Order())}"));
            }
            else if (!Read.Contains(name) && !Kept.Contains(name))
            {
                problems.Add(new(at, $"'{property.Name}' is not a known property of a {Noun}", $"known: {string.Join(", ", Read.Concat(Kept).Order())}"));
            }
        }

        return members;
    }

    /// <summary>Refuses an <c>@type</c> that says something else than the place where the object stands.</summary>
    public static void CheckType(Dictionary<string, JsonElement> members, string path, List<PolicyProblem> problems, params string[] accepted)
    {
        if (members.TryGetValue("@type", out var type) && !(OneOrMany.Name(type) is { } name && accepted.Contains(OdrlName.Canonical(name))))
        {
            problems.Add(new($"{path}.@type", "this class does not belong here", $"leave it out, or write {string.Join(" or ", accepted)}"));
        }
    }

    private static bool IsKnownContext(JsonElement context) =>
        context.ValueKind == JsonValueKind.String && KnownContexts.Contains(context.GetString()!);

    public static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined => "missing",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"a list of {element.GetArrayLength()}",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private static ObjectShape Of(string noun, string[] read, Dictionary<string, string> refused, params string[] kept) =>
        new(noun, read.ToFrozenSet(), refused.ToFrozenDictionary(), KeptAnywhere.Concat(kept).ToFrozenSet());
}
