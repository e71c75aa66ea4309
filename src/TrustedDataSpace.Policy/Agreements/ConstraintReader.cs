using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>Reads one atomic constraint: a known operand, an operator that has a meaning for it, and values of its type.</summary>
internal sealed class ConstraintReader(List<PolicyProblem> problems)
{
    private const int MaxValues = 1000;

    /// <summary>The compiled constraint and its line of coverage, or null after reporting why not.</summary>
    public JsonObject? Read(JsonElement element, string id, List<TermCoverage> coverage)
    {
        var before = problems.Count;
        var members = ObjectShape.Constraint.Members(element, id, problems);
        ObjectShape.CheckType(members, id, problems, "Constraint", "AtomicConstraint");
        if (problems.Count > before)
        {
            return null;
        }

        var operand = ReadOperand(members.GetValueOrDefault("leftOperand"), id);
        if (operand is null)
        {
            return null;
        }

        var op = ReadOperator(members.GetValueOrDefault("operator"), operand, id);
        var literals = ReadLiterals(members.GetValueOrDefault("rightOperand"), operand, $"{id}.rightOperand");
        if (op is null || literals is null)
        {
            return null;
        }

        var takesMany = LeftOperand.TakesMany(op);
        if (!takesMany && literals.Count > 1)
        {
            problems.Add(new($"{id}.rightOperand", $"'{op}' compares with one value, {literals.Count} are given", "use isAnyOf or isNoneOf for a list"));
            return null;
        }

        var quota = operand.Unit is { } unit ? QuotaTerm.TryRead(unit, op, literals[0]) : null;
        if (quota is not null && quota.Counter != "count" && id.StartsWith("prohibition", StringComparison.Ordinal))
        {
            problems.Add(new(id, $"a quota of {operand.Name} in a prohibition is not supported", "write it as a constraint of the permission that it limits"));
            return null;
        }

        if (quota is { Period: not null } && op == "eq")
        {
            problems.Add(new($"{id}.operator", "operator 'eq' has no meaning for a quota per period", "write lteq or lt"));
            return null;
        }

        var values = literals.Select(literal => operand.Values.Read(literal)).ToArray();
        var text = $"{operand.Name}{(operand.Of is null ? "" : "/" + operand.Of)} {op} {(takesMany ? $"[{string.Join(", ", literals)}]" : literals[0])}";
        coverage.Add(new(id, text, operand.Word, operand.Note));
        var compiled = new JsonObject
        {
            ["id"] = id,
            ["left"] = operand.Name,
            ["op"] = op,
            ["right"] = takesMany ? new JsonArray(values) : values[0],
            ["text"] = text,
        };

        // The total of uses is a fact of its own, as ever; all other counters are found by their names.
        if (quota is not null && quota.Counter != "count")
        {
            compiled["left"] = "quota";
            compiled["of"] = quota.Counter;
        }
        else if (operand.Of is { } name)
        {
            compiled["of"] = name;
        }

        return compiled;
    }

    private LeftOperand? ReadOperand(JsonElement element, string id)
    {
        var name = OneOrMany.Name(element);
        if (name is not null && LeftOperand.Find(OdrlName.Canonical(name)) is { } operand)
        {
            return operand;
        }

        problems.Add(new($"{id}.leftOperand",
            name is null ? $"the left operand is {ObjectShape.Describe(element)}" : $"left operand '{name}' is not supported",
            $"supported: {string.Join(", ", LeftOperand.Names)}"));
        return null;
    }

    private string? ReadOperator(JsonElement element, LeftOperand operand, string id)
    {
        var name = OneOrMany.Name(element);
        if (name is not null && OdrlName.Canonical(name) is var op && operand.Operators.Contains(op))
        {
            return op;
        }

        problems.Add(new($"{id}.operator",
            name is null ? $"the operator is {ObjectShape.Describe(element)}" : $"operator '{name}' has no meaning for {operand.Name}",
            $"supported for {operand.Name}: {string.Join(", ", operand.Operators.Order())}"));
        return null;
    }

    /// <summary>The values as text, each one checked; null when one of them is not of the operand's type.</summary>
    private List<string>? ReadLiterals(JsonElement right, LeftOperand operand, string path)
    {
        var before = problems.Count;
        var literals = new List<string>();
        foreach (var item in OneOrMany.Items(right))
        {
            if (literals.Count == MaxValues)
            {
                problems.Add(new(path, $"the list has more than {MaxValues} values", "use a role or a region in place of a long list"));
                return null;
            }

            var literal = Literal(item, operand.Values);
            if (literal is not { Length: > 0 and <= OneOrMany.MaxText } || operand.Values.Read(literal) is null)
            {
                problems.Add(new(path, $"{Shown(item)} is not a value of {operand.Name}", $"expected {operand.Values.Expected}"));
            }
            else
            {
                literals.Add(literal);
            }
        }

        // An empty list would be met by nobody (isAnyOf) or everybody (isNoneOf): neither is what an author means.
        if (literals.Count == 0 && problems.Count == before)
        {
            problems.Add(new(path, "the right operand is empty", $"expected {operand.Values.Expected}"));
        }

        return problems.Count == before ? literals : null;
    }

    private static string? Literal(JsonElement item, ValueReader values) => item.ValueKind switch
    {
        JsonValueKind.String => item.GetString(),
        JsonValueKind.Number when values.Datatypes.Contains("xsd:integer") => item.GetRawText(),
        JsonValueKind.Object when OneOrMany.OnlyMember(item, "@id") is { ValueKind: JsonValueKind.String } id && values.Datatypes.Contains("xsd:anyURI") => id.GetString(),
        JsonValueKind.Object => TypedLiteral(item, values),
        _ => null,
    };

    private static string? TypedLiteral(JsonElement item, ValueReader values)
    {
        var hasType = item.TryGetProperty("@type", out var type);
        if (!item.TryGetProperty("@value", out var value)
            || item.EnumerateObject().Count() != (hasType ? 2 : 1)
            || (hasType && !(OneOrMany.Name(type) is { } name && values.Datatypes.Contains(OdrlName.Canonical(name)))))
        {
            return null;
        }

        return value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? Literal(value, values) : null;
    }

    private static string Shown(JsonElement item) => item.GetRawText() is { Length: > 80 } text ? text[..80] + "…" : item.GetRawText();
}
