using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>Reads the permissions, prohibitions and obligations of one policy, and writes their coverage report.</summary>
internal sealed class RuleReader(List<PolicyProblem> problems)
{
    // What a consumer does with data that it has, where no connector can look: a promise, and shown as one.
    private static readonly FrozenSet<string> PromisedActions = FrozenSet.Create(
        "distribute", "grantUse", "sell", "reproduce", "derive", "modify", "give", "transfer", "archive", "extract", "tds:download", "tds:share");

    private readonly ConstraintReader constraints = new(problems);
    private int rulesRead;
    private int constraintsRead;

    public List<TermCoverage> Coverage { get; } = [];

    /// <summary>What the permissions that were read ask for before a release.</summary>
    public JsonArray Duties { get; } = [];

    /// <summary>The rules of one property that decide.</summary>
    public JsonArray Read(Dictionary<string, JsonElement> policy, string property)
    {
        var rules = new JsonArray();
        var index = 0;
        foreach (var element in OneOrMany.Items(policy.GetValueOrDefault(property)))
        {
            if (++rulesRead > AgreementCompiler.MaxRules)
            {
                problems.Add(new(property, $"the policy has more than {AgreementCompiler.MaxRules} rules", "join rules or split the offer"));
                return rules;
            }

            var id = $"{property}[{index++}]";
            if ((property == "obligation" ? ReadObligation(element, id) : ReadRule(element, id, property == "permission" ? "Permission" : "Prohibition")) is { } rule)
            {
                rules.Add((JsonNode)rule);
            }
        }

        return rules;
    }

    // Null: it decides nothing, or was refused.
    private JsonObject? ReadRule(JsonElement element, string id, string type)
    {
        var members = (type == "Permission" ? ObjectShape.Permission : ObjectShape.Rule).Members(element, id, problems);
        ObjectShape.CheckType(members, id, problems, type, "Rule");
        if (type == "Prohibition" && PromisedAction(members) is { } promised)
        {
            return KeepPromise(members, promised, id);
        }

        var (compiled, kept, complete) = ReadConstraints(members, id, only: null);
        var action = ReadAction(members.GetValueOrDefault("action"), id);
        if (type == "Prohibition" && complete && kept > 0)
        {
            // Whether it applies hangs on what nobody sees: it can be shown, and not be decided on.
            if (compiled.Count > 0)
            {
                problems.Add(new(id, "some of its constraints decide and others are only kept", "write them as two prohibitions"));
            }

            return null;
        }

        CheckMeaning(id, compiled, complete);
        DutyReader.Read(members.GetValueOrDefault("duty"), id, Duties, Coverage, problems);
        return new JsonObject { ["id"] = id, ["action"] = action, ["constraints"] = compiled };
    }

    // The provider's obligation to deliver until a time, as the Catena-X profile has it. Every other duty is refused, by its name.
    private JsonObject? ReadObligation(JsonElement element, string id)
    {
        if (element.ValueKind != JsonValueKind.Object || OneOrMany.Name(Member(element, "action")) is not { } action || OdrlName.Canonical(action) != "use")
        {
            problems.AddRange(RefusedTerms.RefuseDuties(element, id[..id.IndexOf('[', StringComparison.Ordinal)]).Select(problem => problem with { Path = id }));
            return null;
        }

        var members = ObjectShape.Rule.Members(element, id, problems);
        ObjectShape.CheckType(members, id, problems, "Duty", "Obligation", "Rule");
        var (compiled, _, complete) = ReadConstraints(members, id, CatenaX.Obligations);
        if (complete && compiled.Count == 0)
        {
            problems.Add(new(id, "the obligation says nothing", $"supported: {string.Join(", ", CatenaX.Obligations.Keys.Order())}"));
        }

        return new JsonObject { ["id"] = id, ["action"] = "use", ["constraints"] = compiled };
    }

    private (JsonArray Compiled, int Kept, bool Complete) ReadConstraints(Dictionary<string, JsonElement> members, string id, FrozenDictionary<string, LeftOperand>? only)
    {
        var compiled = new JsonArray();
        var operands = new List<string>();
        var (kept, before) = (0, problems.Count);
        foreach (var (constraint, path) in Atomic(members.GetValueOrDefault("constraint"), $"{id}.constraint"))
        {
            if (++constraintsRead > AgreementCompiler.MaxConstraints)
            {
                problems.Add(new($"{id}.constraint", $"the policy has more than {AgreementCompiler.MaxConstraints} constraints", "split the offer"));
                return (compiled, kept, false);
            }

            var read = constraints.Read(constraint, path, Coverage, only);
            if (read.Operand is not null)
            {
                operands.Add(read.Operand);
            }

            if (read.Compiled is { } decides)
            {
                compiled.Add((JsonNode)decides);
            }
            else if (read.Operand is not null)
            {
                kept++;
            }
        }

        foreach (var exclusive in CatenaX.Exclusive.Where(group => operands.Intersect(group).Skip(1).Any()))
        {
            problems.Add(new(id, $"it has more than one of {string.Join(", ", exclusive)}", "give one of them"));
        }

        return (compiled, kept, problems.Count == before);
    }

    // All constraints of a rule have to hold, so an "and" around some of them says nothing more.
    private IEnumerable<(JsonElement Constraint, string Path)> Atomic(JsonElement element, string path)
    {
        var index = 0;
        foreach (var item in OneOrMany.Items(element))
        {
            var at = $"{path}[{index++}]";
            var and = item.ValueKind == JsonValueKind.Object ? Member(item, "and") : default;
            if (and.ValueKind == JsonValueKind.Undefined)
            {
                yield return (item, at);
                continue;
            }

            var before = problems.Count;
            var members = ObjectShape.Constraint.Members(item, at, problems);
            ObjectShape.CheckType(members, at, problems, "LogicalConstraint", "Constraint");
            var list = and.ValueKind == JsonValueKind.Object ? OneOrMany.OnlyMember(and, "@list") : and;
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0 || members.Keys.Any(name => name is "leftOperand" or "operator" or "rightOperand"))
            {
                problems.Add(new($"{at}.and", "it is no list of constraints, or stands beside one", "give a list with at least one constraint, and nothing else"));
            }

            if (problems.Count > before)
            {
                continue;
            }

            var inner = 0;
            foreach (var constraint in list.EnumerateArray())
            {
                yield return (constraint, $"{at}.and[{inner++}]");
            }
        }
    }

    private static string? PromisedAction(Dictionary<string, JsonElement> members) =>
        OneOrMany.Name(members.GetValueOrDefault("action")) is { } name && PromisedActions.Contains(OdrlName.Canonical(name)) ? OdrlName.Canonical(name) : null;

    private JsonObject? KeepPromise(Dictionary<string, JsonElement> members, string action, string id)
    {
        if (OneOrMany.Items(members.GetValueOrDefault("constraint")).Any())
        {
            problems.Add(new($"{id}.constraint", $"a prohibition of '{action}' takes no constraints", "prohibit it as a whole: nobody can see when it would apply"));
        }

        Coverage.Add(new(id, $"prohibited: {action}", Agreements.Coverage.Attested,
            "the consumer promises it by its signature; the provider's connector cannot see what happens after delivery")
        { Operand = action });
        return null;
    }

    // A rule of which a part was refused has its problem already.
    private void CheckMeaning(string id, JsonArray compiled, bool complete)
    {
        if (complete && DeadRule.ContradictedOperand(compiled.OfType<JsonObject>()) is { } operand)
        {
            problems.Add(new(id, $"its constraints on {operand} exclude each other", "nothing could ever meet this rule: correct or remove it"));
        }

        if (complete && compiled.Count == 0 && id.StartsWith("prohibition", StringComparison.Ordinal))
        {
            problems.Add(new(id, "it prohibits every use, so that no permission could ever apply", "say by constraints what is prohibited"));
        }
    }

    private string? ReadAction(JsonElement action, string rule)
    {
        var name = OneOrMany.Name(action);
        switch (name is null ? null : OdrlName.Canonical(name))
        {
            case "use":
                return "use";
            case "access" or "cx:access":
                problems.Add(new($"{rule}.action", "who may see an offer is not a rule of its own", "write \"use\": what a permission asks of the participant is asked at the catalog, too"));
                return null;
            default:
                problems.Add(new($"{rule}.action", name is null ? $"the action is {ObjectShape.Describe(action)}" : $"action '{name}' is not supported", "write \"use\""));
                return null;
        }
    }

    private static JsonElement Member(JsonElement element, string name)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (OdrlName.Canonical(property.Name) == name)
            {
                return property.Value;
            }
        }

        return default;
    }
}
