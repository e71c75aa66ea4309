using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>Reads the permissions and prohibitions of one policy, and writes their coverage report.</summary>
internal sealed class RuleReader(List<PolicyProblem> problems)
{
    private readonly ConstraintReader constraints = new(problems);
    private int rulesRead;
    private int constraintsRead;

    public List<TermCoverage> Coverage { get; } = [];

    public JsonArray Read(Dictionary<string, JsonElement> policy, string property)
    {
        var rules = new JsonArray();
        foreach (var element in OneOrMany.Items(policy.GetValueOrDefault(property)))
        {
            if (++rulesRead > AgreementCompiler.MaxRules)
            {
                problems.Add(new(property, $"the policy has more than {AgreementCompiler.MaxRules} rules", "join rules or split the offer"));
                return rules;
            }

            rules.Add((JsonNode)ReadRule(element, $"{property}[{rules.Count}]", property == "permission" ? "Permission" : "Prohibition"));
        }

        return rules;
    }

    private JsonObject ReadRule(JsonElement element, string id, string type)
    {
        var members = ObjectShape.Rule.Members(element, id, problems);
        ObjectShape.CheckType(members, id, problems, type, "Rule");
        var compiled = new JsonArray();
        var index = 0;
        foreach (var constraint in OneOrMany.Items(members.GetValueOrDefault("constraint")))
        {
            if (++constraintsRead > AgreementCompiler.MaxConstraints)
            {
                problems.Add(new($"{id}.constraint", $"the policy has more than {AgreementCompiler.MaxConstraints} constraints", "split the offer"));
                break;
            }

            if (constraints.Read(constraint, $"{id}.constraint[{index++}]", Coverage) is { } read)
            {
                compiled.Add((JsonNode)read);
            }
        }

        CheckMeaning(id, compiled, complete: compiled.Count == index);
        return new JsonObject { ["id"] = id, ["action"] = ReadAction(members.GetValueOrDefault("action"), id), ["constraints"] = compiled };
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
        if (name is not null && OdrlName.Canonical(name) == "use")
        {
            return "use";
        }

        problems.Add(new($"{rule}.action", name is null ? $"the action is {ObjectShape.Describe(action)}" : $"action '{name}' is not supported", "write \"use\""));
        return null;
    }
}
