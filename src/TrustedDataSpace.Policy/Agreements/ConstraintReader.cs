using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>What a constraint became.</summary>
/// <param name="Operand">Canonical name of its operand; null: it was refused, and the problem is told.</param>
/// <param name="Compiled">For the rules; null: it decides nothing.</param>
internal readonly record struct ReadConstraint(string? Operand, JsonObject? Compiled)
{
    public static ReadConstraint Refused => default;

    public static ReadConstraint Kept(string operand) => new(operand, null);
}

/// <summary>Reads one atomic constraint: a known operand, an operator that has a meaning for it, and values of its type.</summary>
internal sealed class ConstraintReader(List<PolicyProblem> problems)
{
    private const int MaxValues = 1000;

    /// <summary>Reads a constraint and writes its line of coverage.</summary>
    /// <param name="element">As it stands in the policy.</param>
    /// <param name="id">Its path.</param>
    /// <param name="coverage">Gets the line.</param>
    /// <param name="only">The operands that have a meaning in this place; null: the usual ones.</param>
    public ReadConstraint Read(JsonElement element, string id, List<TermCoverage> coverage, FrozenDictionary<string, LeftOperand>? only = null)
    {
        var before = problems.Count;
        var members = ObjectShape.Constraint.Members(element, id, problems);
        ObjectShape.CheckType(members, id, problems, "Constraint", "AtomicConstraint");
        if (problems.Count > before)
        {
            return ReadConstraint.Refused;
        }

        var written = OneOrMany.Name(members.GetValueOrDefault("leftOperand"));
        var name = written is null ? null : OdrlName.Canonical(written);
        if (name is not null && only is null && KeptOperand.Find(name) is { } kept)
        {
            return ReadKept(members, kept, name, id, coverage);
        }

        var operand = name is null ? null : only is null ? LeftOperand.Find(name) : only.GetValueOrDefault(name);
        if (operand is null)
        {
            problems.Add(RefuseOperand(members.GetValueOrDefault("leftOperand"), written, name, $"{id}.leftOperand", only));
            return ReadConstraint.Refused;
        }

        var op = ReadOperator(members.GetValueOrDefault("operator"), operand.Operators, operand.Name, id);
        var literals = ReadLiterals(members.GetValueOrDefault("rightOperand"), operand.Values, operand.Name, $"{id}.rightOperand");
        return op is null || literals is null || !HasOneValue(op, literals, id) ? ReadConstraint.Refused : Compile(operand, name!, op, literals, id, coverage);
    }

    private ReadConstraint Compile(LeftOperand operand, string name, string op, List<string> literals, string id, List<TermCoverage> coverage)
    {
        var quota = operand.Unit is { } unit ? QuotaTerm.TryRead(unit, op, literals[0]) : null;
        if (quota is not null && quota.Counter != "count" && id.StartsWith("prohibition", StringComparison.Ordinal))
        {
            problems.Add(new(id, $"a quota of {operand.Name} in a prohibition is not supported", "write it as a constraint of the permission that it limits"));
            return ReadConstraint.Refused;
        }

        if (operand.Name == "standingAge" && id.StartsWith("prohibition", StringComparison.Ordinal))
        {
            problems.Add(new(id, "a prohibition of uses while the standing is well known says the contrary of what it is for", "write it as a constraint of the permission that it limits"));
            return ReadConstraint.Refused;
        }

        if (quota is { Period: not null } && op == "eq")
        {
            problems.Add(new($"{id}.operator", "operator 'eq' has no meaning for a quota per period", "write lteq or lt"));
            return ReadConstraint.Refused;
        }

        // In the words of the profile that the author wrote in, where it is not our own; a quota by the term that set it, which is not the counter's name.
        var shown = name.StartsWith("cx:", StringComparison.Ordinal) || quota is not null ? name : operand.Of is null ? operand.Name : $"{operand.Name}/{operand.Of}";
        var text = Text(shown, op, literals);
        coverage.Add(new(id, text, operand.Word, operand.Note) { Operand = name, Where = operand.Where });
        if (operand.SaysNothing is { } nothing && literals[0] == nothing)
        {
            return ReadConstraint.Kept(name);
        }

        var values = literals.Select(literal => operand.Values.Read(literal)).ToArray();
        var compiled = new JsonObject
        {
            ["id"] = id,
            ["left"] = operand.Name,
            ["op"] = operand.OpInRules ?? op,
            ["right"] = LeftOperand.TakesMany(op) ? new JsonArray(values) : values[0],
            ["text"] = text,
        };

        // The total of uses is a fact of its own, as ever; all other counters are found by their names.
        if (quota is not null && quota.Counter != "count")
        {
            compiled["left"] = "quota";
            compiled["of"] = quota.Counter;
        }
        else if (operand.Of is { } of)
        {
            compiled["of"] = of;
        }

        return new ReadConstraint(name, compiled);
    }

    private ReadConstraint ReadKept(Dictionary<string, JsonElement> members, KeptOperand kept, string name, string id, List<TermCoverage> coverage)
    {
        var op = ReadOperator(members.GetValueOrDefault("operator"), kept.Operators ?? KeptOperand.Any, name, id);
        var literals = ReadLiterals(members.GetValueOrDefault("rightOperand"), ValueReader.Text, name, $"{id}.rightOperand");
        if (op is null || literals is null || !HasOneValue(op, literals, id))
        {
            return ReadConstraint.Refused;
        }

        coverage.Add(new(id, Text(name, op, literals), kept.Word, kept.Note) { Operand = name });
        return ReadConstraint.Kept(name);
    }

    private bool HasOneValue(string op, List<string> literals, string id)
    {
        if (LeftOperand.TakesMany(op) || literals.Count == 1)
        {
            return true;
        }

        problems.Add(new($"{id}.rightOperand", $"'{op}' compares with one value, {literals.Count} are given", "use isAnyOf or isNoneOf for a list"));
        return false;
    }

    private static string Text(string operand, string op, List<string> literals) =>
        $"{operand} {op} {(LeftOperand.TakesMany(op) ? $"[{string.Join(", ", literals)}]" : literals[0])}";

    private static PolicyProblem RefuseOperand(JsonElement element, string? written, string? name, string path, FrozenDictionary<string, LeftOperand>? only) => name switch
    {
        null => new(path, $"the left operand is {ObjectShape.Describe(element)}", Supported(only)),
        _ when RefusedTerms.Operands.TryGetValue(name, out var known) => new(path, $"left operand '{written}' is not supported: {known.Message}", known.Remedy),
        _ => new(path, $"left operand '{written}' is not supported", Supported(only)),
    };

    private static string Supported(FrozenDictionary<string, LeftOperand>? only) => $"supported: {string.Join(", ", only?.Keys.Order() ?? LeftOperand.Names)}";

    private string? ReadOperator(JsonElement element, FrozenSet<string> operators, string operand, string id)
    {
        var name = OneOrMany.Name(element);
        if (name is not null && OdrlName.Canonical(name) is var op && operators.Contains(op))
        {
            return op;
        }

        problems.Add(new($"{id}.operator",
            name is null ? $"the operator is {ObjectShape.Describe(element)}" : $"operator '{name}' has no meaning for {operand}",
            $"supported for {operand}: {string.Join(", ", operators.Order())}"));
        return null;
    }

    /// <summary>The values as text, each one checked; null when one of them is not of the operand's type.</summary>
    private List<string>? ReadLiterals(JsonElement right, ValueReader values, string operand, string path)
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

            var literal = Literal(item, values);
            if (literal is not { Length: > 0 and <= OneOrMany.MaxText } || values.Read(literal) is null)
            {
                problems.Add(new(path, $"{Shown(item)} is not a value of {operand}", $"expected {values.Expected}"));
            }
            else
            {
                literals.Add(literal);
            }
        }

        // An empty list would be met by nobody (isAnyOf) or everybody (isNoneOf): neither is what an author means.
        if (literals.Count == 0 && problems.Count == before)
        {
            problems.Add(new(path, "the right operand is empty", $"expected {values.Expected}"));
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
