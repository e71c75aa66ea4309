using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>
/// Reads the duties of a permission: what is carried out before each use that it covers is released. There is one, the evidence of the use
/// in the log of the space (TC609 <c>logRecordSend</c>); every other is refused by its name.
/// </summary>
internal static class DutyReader
{
    /// <summary>Name of the duty in the compiled document, and in the answers of the rules.</summary>
    public const string Log = "log";

    private const string Note = "before each use is released, the log of the space has its evidence and has acknowledged it; without that, or not in time, the use is refused";

    /// <summary>Reads them and writes their lines of coverage.</summary>
    /// <param name="element">As they stand in the permission; undefined without any.</param>
    /// <param name="rule">Path of the permission.</param>
    /// <param name="duties">Gets what decides.</param>
    /// <param name="coverage">Gets the lines.</param>
    /// <param name="problems">Gets what is refused.</param>
    public static void Read(JsonElement element, string rule, JsonArray duties, List<TermCoverage> coverage, List<PolicyProblem> problems)
    {
        var index = 0;
        var isLogged = false;
        foreach (var duty in OneOrMany.Items(element))
        {
            var id = $"{rule}.duty[{index++}]";
            if (ActionOf(duty) is not ("tds:log" or "tds:logRecordSend"))
            {
                problems.AddRange(RefusedTerms.RefuseDuties(duty, $"{rule}.duty").Select(problem => problem with { Path = id }));
                continue;
            }

            var members = ObjectShape.Duty.Members(duty, id, problems);
            ObjectShape.CheckType(members, id, problems, "Duty", "Rule");
            if (isLogged)
            {
                problems.Add(new(id, "the duty is there already", "give it once"));
                continue;
            }

            isLogged = true;
            duties.Add((JsonNode)new JsonObject { ["id"] = id, ["rule"] = rule, ["action"] = Log });
            coverage.Add(new(id, "duty: evidence before release", Agreements.Coverage.Enforced, Note) { Operand = "tds:log" });
        }
    }

    private static string? ActionOf(JsonElement duty)
    {
        var name = duty.ValueKind == JsonValueKind.Object
            ? duty.EnumerateObject().Where(member => OdrlName.Canonical(member.Name) == "action").Select(member => OneOrMany.Name(member.Value)).FirstOrDefault()
            : null;
        return name is null ? null : OdrlName.Canonical(name);
    }
}
