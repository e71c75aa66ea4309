using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>
/// Reads the duties of a permission: what is carried out before each use that it covers is released. There are two, the evidence of the use
/// in the log of the space (TC609 <c>logRecordSend</c>), and its notice in the provider's events; every other is refused by its name.
/// </summary>
internal static class DutyReader
{
    // By name in the compiled document and in the answers of the rules.
    private static readonly FrozenDictionary<string, (string Operand, string Text, string Note)> Carried = new Dictionary<string, (string, string, string)>
    {
        ["log"] = ("tds:log", "duty: evidence before release",
            "before each use is released, the log of the space has its evidence and has acknowledged it; without that, or not in time, the use is refused"),
        ["inform"] = ("inform", "duty: notice before release",
            "before each use is released, its notice is among the provider's events, durably: web-hooks and streams deliver it, at least once"),
    }.ToFrozenDictionary();

    /// <summary>Reads them and writes their lines of coverage.</summary>
    /// <param name="element">As they stand in the permission; undefined without any.</param>
    /// <param name="rule">Path of the permission.</param>
    /// <param name="duties">Gets what decides.</param>
    /// <param name="coverage">Gets the lines.</param>
    /// <param name="problems">Gets what is refused.</param>
    public static void Read(JsonElement element, string rule, JsonArray duties, List<TermCoverage> coverage, List<PolicyProblem> problems)
    {
        var index = 0;
        var owed = new HashSet<string>();
        foreach (var duty in OneOrMany.Items(element))
        {
            var id = $"{rule}.duty[{index++}]";
            if (NameOf(duty) is not { } name)
            {
                problems.AddRange(RefusedTerms.RefuseDuties(duty, $"{rule}.duty").Select(problem => problem with { Path = id }));
                continue;
            }

            var members = ObjectShape.Duty.Members(duty, id, problems);
            ObjectShape.CheckType(members, id, problems, "Duty", "Rule");
            if (!owed.Add(name))
            {
                problems.Add(new(id, "the duty is there already", "give it once"));
                continue;
            }

            var (operand, text, note) = Carried[name];
            duties.Add((JsonNode)new JsonObject { ["id"] = id, ["rule"] = rule, ["action"] = name });
            coverage.Add(new(id, text, Agreements.Coverage.Enforced, note) { Operand = operand });
        }
    }

    // Null: nothing carries it out.
    private static string? NameOf(JsonElement duty)
    {
        var action = duty.ValueKind == JsonValueKind.Object
            ? duty.EnumerateObject().Where(member => OdrlName.Canonical(member.Name) == "action").Select(member => OneOrMany.Name(member.Value)).FirstOrDefault()
            : null;
        return action is null ? null : OdrlName.Canonical(action) switch
        {
            "tds:log" or "tds:logRecordSend" => "log",
            "inform" => "inform",
            _ => null,
        };
    }
}
