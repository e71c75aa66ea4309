using System.Text.Json.Nodes;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>
/// Finds rules whose constraints exclude each other: a permission that nobody could use, a prohibition that never applies.
/// Both sides would sign a contract that means something else than it says. Only certain contradictions are reported; hours of the day are not compared.
/// </summary>
internal static class DeadRule
{
    /// <summary>The operand whose constraints exclude each other, or null.</summary>
    /// <param name="constraints">The compiled constraints of one rule.</param>
    public static string? ContradictedOperand(IEnumerable<JsonObject> constraints) => constraints
        .GroupBy(constraint => (Left: (string)constraint["left"]!, Of: (string?)constraint["of"]))
        .FirstOrDefault(group => group.Key.Left switch
        {
            "purpose" or "spatial" or "recipient" or "clearance" or "connector" or "application" or "signal" => NoChoiceLeft(group),
            "role" or "claim" => SomeChoiceExcluded(group),
            "dateTime" => EmptyRange(group, long.MinValue),

            "elapsedTime" or "usePeriod" or "standingAge" => EmptyRange(group, 0),

            // The first use counts as 1.
            "count" or "quota" => EmptyRange(group, 1),
            _ => false,
        }) is { Key: var dead }
            ? dead.Of ?? dead.Left
            : null;

    // One fact has to be in every list of choices, and in none of the excluded.
    private static bool NoChoiceLeft(IEnumerable<JsonObject> constraints)
    {
        var excluded = Excluded(constraints);
        var choices = Choices(constraints).ToList();
        return choices.Count > 0 && choices.Aggregate((left, right) => left.Intersect(right)).All(excluded.Contains);
    }

    // Several facts: each list of choices is satisfied on its own, so only a wholly excluded list is hopeless.
    private static bool SomeChoiceExcluded(IEnumerable<JsonObject> constraints)
    {
        var excluded = Excluded(constraints);
        return Choices(constraints).Any(choice => choice.All(excluded.Contains));
    }

    private static bool EmptyRange(IEnumerable<JsonObject> constraints, long least)
    {
        var most = long.MaxValue;
        foreach (var constraint in constraints)
        {
            var value = (long)constraint["right"]!;
            (least, most) = (string)constraint["op"]! switch
            {
                "gteq" => (Math.Max(least, value), most),
                "gt" => (Math.Max(least, value + 1), most),
                "lteq" => (least, Math.Min(most, value)),
                "lt" => (least, Math.Min(most, value - 1)),
                _ => (Math.Max(least, value), Math.Min(most, value)),
            };
        }

        return least > most;
    }

    private static IEnumerable<IEnumerable<string>> Choices(IEnumerable<JsonObject> constraints) =>
        constraints.Where(constraint => (string)constraint["op"]! is "eq" or "isAnyOf").Select(Values);

    private static HashSet<string> Excluded(IEnumerable<JsonObject> constraints) =>
        [.. constraints.Where(constraint => (string)constraint["op"]! is "neq" or "isNoneOf").SelectMany(Values)];

    private static IEnumerable<string> Values(JsonObject constraint) =>
        constraint["right"] is JsonArray list ? list.Select(value => (string)value!) : [(string)constraint["right"]!];
}
