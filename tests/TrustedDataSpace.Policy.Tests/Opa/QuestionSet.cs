using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Policy.Tests.Opa;

/// <summary>
/// The questions for comparing two engines, made from the operand table of the rules themselves: a new operand or operator makes new
/// questions. Each is one line: <c>{"name": …, "input": …}</c>.
/// </summary>
internal static class QuestionSet
{
    // 2026-05-12T09:00:00+08:00
    private const long Now = 1778547600000;

    private static readonly string[] Stages = ["catalog", "negotiation", "transfer", "request", "tick"];

    public static IEnumerable<string> Lines() =>
        All().Select(question => new JsonObject { ["name"] = question.Name, ["input"] = question.Input }.ToJsonString(Json.Readable));

    private static IEnumerable<(string Name, JsonNode? Input)> All() => [.. OfOperands(), .. OfContracts(), .. OfParties(), .. OfLayers(), .. OfOtherForms()];

    private static IEnumerable<(string Name, JsonNode? Input)> OfOperands()
    {
        foreach (var operand in Operands())
        {
            foreach (var op in operand.Operators)
            {
                foreach (var stage in Stages)
                {
                    yield return ($"{operand.Left} {op}, fits, {stage}", At(stage, Permission(Constraint(operand, op, fits: true))));
                    yield return ($"{operand.Left} {op}, does not fit, {stage}", At(stage, Permission(Constraint(operand, op, fits: false))));
                }

                yield return ($"{operand.Left} {op}, prohibited", At("request", Permission(), Permission(Constraint(operand, op, fits: true))));
                yield return ($"{operand.Left} {op}, not prohibited", At("request", Permission(), Permission(Constraint(operand, op, fits: false))));
                yield return ($"{operand.Left} {op}, value of another type", At("request", Permission(Term(operand, op, new JsonObject { ["x"] = 1 }))));
            }

            foreach (var stage in Stages)
            {
                yield return ($"{operand.Left} unknown operator, {stage}", At(stage, Permission(Term(operand, "isPartOf", "x"))));
                yield return ($"{operand.Left} fact missing, {stage}", Without(At(stage, Permission(Constraint(operand, operand.Operators[0], fits: true))), operand.Fact));
            }
        }
    }

    private static IEnumerable<(string Name, JsonNode? Input)> OfContracts()
    {
        var fits = Term("purpose", "eq", "inference");
        var fails = Term("purpose", "eq", "训练 \"<&>\" \u2028");
        var few = Term("count", "lteq", 2);
        yield return ("no permission", At("request"));
        yield return ("two permissions, the second fits", AtWith("request", [Permission(fails.DeepClone()), Permission(fits.DeepClone())], []));
        yield return ("two permissions, none fits", AtWith("request", [Permission(fails.DeepClone()), Permission(few.DeepClone())], []));
        yield return ("all failing constraints", At("request", Permission(fails.DeepClone(), few.DeepClone(), Term("spatial", "isAnyOf", Texts("45", "46")))));
        yield return ("prohibition with several constraints", At("request", Permission(), Permission(fits.DeepClone(), Term("spatial", "eq", "44"))));
        yield return ("unknown operand", At("request", Permission(Term("payAmount", "lteq", 5))));
        yield return ("unknown operand in a prohibition", At("request", Permission(), Permission(Term("payAmount", "lteq", 5.50))));
        yield return ("unknown action of a rule", Changed(At("request", Permission()), "agreement.permissions", new JsonArray(new JsonObject { ["id"] = "x", ["action"] = "distribute", ["constraints"] = new JsonArray() })));
        yield return ("unknown action of the request", Changed(At("request", Permission()), "action", "distribute"));
        foreach (var (name, value) in new (string, JsonNode?)[] { ("null", null), ("a text", "all"), ("an object", new JsonObject()), ("a list of numbers", new JsonArray(1)) })
        {
            yield return ($"permissions are {name}", Changed(At("request", Permission()), "agreement.permissions", value));
            yield return ($"prohibitions are {name}", Changed(At("request", Permission()), "agreement.prohibitions", value?.DeepClone()));
        }

        yield return ("a duty", Changed(At("request", Permission()), "agreement.duties", new JsonArray(new JsonObject { ["action"] = "delete" })));
        foreach (var stage in Stages)
        {
            var logged = Changed(At(stage, Permission()), "agreement.duties", new JsonArray(new JsonObject { ["id"] = "rule.duty[0]", ["rule"] = "rule", ["action"] = "log" }));
            yield return ($"evidence before release, {stage}", logged);
            yield return ($"evidence before release, written, {stage}", Changed(logged, "duties_done", Texts("log")));
        }
    }

    private static IEnumerable<(string Name, JsonNode? Input)> OfParties()
    {
        var changes = new (string Path, JsonNode? Value)[]
        {
            ("version", 2), ("version", "1"), ("subject.id", "did:web:other.example"), ("subject.membership", "suspended"), ("agreement.state", "suspended"),
            ("agreement.filed", false), ("agreement.target", "customer_dim"), ("agreement.kind", "set"), ("agreement.assignee", "did:web:other.example"), ("product.id", null),
        };
        foreach (var stage in Stages)
        {
            foreach (var (path, value) in changes)
            {
                yield return ($"{path} is {value?.ToJsonString() ?? "null"}, {stage}", Changed(At(stage, Permission()), path, value?.DeepClone()));
            }

            yield return ($"no agreement, {stage}", Without(At(stage, Permission()), "agreement"));
            yield return ($"no subject, {stage}", Without(At(stage, Permission()), "subject"));
        }

        yield return ("unknown stage", Changed(At("request", Permission()), "stage", "preview"));
        yield return ("no stage", Without(At("request", Permission()), "stage"));
    }

    private static IEnumerable<(string Name, JsonNode? Input)> OfLayers()
    {
        foreach (var stage in Stages)
        {
            foreach (var classification in new[] { "public", "personal", "important", "core", "secret" })
            {
                yield return ($"classified {classification}, {stage}", Changed(At(stage, Permission()), "product.classification", classification));
            }
        }

        var personal = Changed(At("request", Permission()), "product.classification", "personal");
        yield return ("not classified", Without(At("request", Permission()), "product.classification"));
        yield return ("training on personal data", Changed(personal, "purpose", "training"));
        yield return ("training on personal data by a sandbox operator", Changed(Changed(personal, "purpose", "training"), "subject.claims.roles", Texts("sandbox-operator")));
        yield return ("personal data without a purpose", Without(personal, "purpose"));
        yield return ("training on personal data in another space", Changed(Changed(personal, "purpose", "training"), "space", "city"));
    }

    private static IEnumerable<(string Name, JsonNode? Input)> OfOtherForms() =>
        [("null", null), ("a text", "allow"), ("a list", new JsonArray()), ("an empty object", new JsonObject()), ("true", true)];

    // Two values for each kind: one that the fact of the question meets under the operator, and one that it does not.
    private static JsonObject Constraint(Operand operand, string op, bool fits)
    {
        var negative = op is "neq" or "isNoneOf";
        var list = op is "isAnyOf" or "isNoneOf";
        return Term(operand, op, operand.Kind switch
        {
            "number" => Number(NumberFact(operand.Left), op, fits),
            "window" => list ? new JsonArray(Window(fits != negative)) : Window(fits != negative),
            "weekday" => list ? new JsonArray(Weekday(fits != negative)) : Weekday(fits != negative),
            "network" when list => Texts("192.0.2.0/24", fits != negative ? "10.0.0.0/8" : "2001:db8::/32"),
            "network" => fits ? "10.0.0.0/8" : "192.0.2.0/24",
            _ when list => Texts("elsewhere", fits != negative ? TextFact(operand.Left) : "nobody"),
            _ => fits != negative ? TextFact(operand.Left) : "elsewhere",
        });
    }

    private static JsonNode Number(long fact, string op, bool fits) => op switch
    {
        "lt" => fits ? fact + 1 : fact,
        "gt" => fits ? fact - 1 : fact,
        "lteq" => fits ? fact : fact - 1,
        "gteq" => fits ? fact : fact + 1,
        _ => fits ? fact : fact + 1,
    };

    // 09:00 is inside the first, and just after the second, which crosses midnight.
    private static JsonObject Window(bool inside) =>
        new() { ["from"] = inside ? 540 : 1320, ["to"] = inside ? 1020 : 540, ["offset"] = 480 };

    // A Tuesday.
    private static JsonObject Weekday(bool today) => new() { ["day"] = today ? 2 : 3, ["offset"] = 480 };

    private static long NumberFact(string left) => left switch
    {
        "dateTime" => Now,
        "count" => 3,
        "elapsedTime" => 60_000,
        "usePeriod" => 30_000,
        "standingAge" => 4_000,
        "quota" => 500,
        _ => throw new InvalidOperationException($"The rules have a new operand '{left}': say here what the questions tell about it."),
    };

    // The name of the fact, where the operand has many.
    private static string? Of(string left) => left switch
    {
        "quota" => "bytes/P1D@Asia/Shanghai",
        "claim" => "standards",
        "signal" => "grid",
        _ => null,
    };

    private static JsonObject Term(Operand operand, string op, JsonNode? right)
    {
        var term = Term(operand.Left, op, right);
        if (Of(operand.Left) is { } name)
        {
            term["of"] = name;
        }

        return term;
    }

    private static string TextFact(string left) => left switch
    {
        "purpose" => "inference",
        "spatial" => "44",
        "recipient" => "did:web:vpp.example",
        "role" => "virtual-power-plant",
        "membership" => "active",
        "clearance" => "2",
        "connector" => "urn:connector:vpp",
        "application" => "dashboard",
        "consent" => "did:web:owner.example",
        "deliveryMethod" => "HttpData-PULL",
        "claim" => "tisax",
        "signal" => "normal",
        _ => throw new InvalidOperationException($"The rules have a new operand '{left}': say here what the questions tell about it."),
    };

    private static JsonObject Term(string left, string op, JsonNode? right) =>
        new() { ["id"] = $"{left} {op}", ["left"] = left, ["op"] = op, ["right"] = right };

    private static JsonArray Texts(params string[] values) => [.. values.Select(value => (JsonNode)value)];

    private static JsonObject Permission(params JsonNode[] constraints) => new() { ["id"] = "rule", ["action"] = "use", ["constraints"] = new JsonArray(constraints) };

    private static JsonObject At(string stage, JsonObject? permission = null, JsonObject? prohibition = null) =>
        AtWith(stage, permission is null ? [] : [permission], prohibition is null ? [] : [prohibition]);

    private static JsonObject AtWith(string stage, JsonObject[] permissions, JsonObject[] prohibitions)
    {
        var used = stage is not ("catalog" or "negotiation");
        var agreement = new JsonObject
        {
            ["kind"] = used ? "agreement" : "offer",
            ["id"] = "urn:uuid:a",
            ["target"] = "load_curve_96",
            ["assigner"] = "did:web:grid.example",
            ["assignee"] = used ? "did:web:vpp.example" : null,
            ["permissions"] = new JsonArray(permissions),
            ["prohibitions"] = new JsonArray(prohibitions),
            ["duties"] = new JsonArray(),
        };
        var question = new JsonObject
        {
            ["version"] = 1,
            ["stage"] = stage,
            ["now_ms"] = Now,
            ["space"] = "power-grid",
            ["subject"] = new JsonObject { ["id"] = "did:web:vpp.example", ["membership"] = "active", ["claims"] = new JsonObject { ["region"] = "44", ["roles"] = Texts("virtual-power-plant"), ["clearance"] = "2", ["standards"] = Texts("tisax") } },
            ["action"] = "use",
            ["product"] = new JsonObject { ["id"] = "load_curve_96", ["classification"] = "general" },
            ["agreement"] = agreement,
        };
        if (used)
        {
            agreement["state"] = "active";
            agreement["filed"] = true;
            agreement["agreed_at_ms"] = Now - 60_000;
            agreement["first_used_at_ms"] = Now - 30_000;
            question["signals"] = new JsonObject { ["grid"] = "normal" };
            question["transfer"] = new JsonObject { ["format"] = "HttpData-PULL" };
        }

        if (stage == "request")
        {
            question["purpose"] = "inference";
            question["usage"] = new JsonObject { ["count"] = 3, ["bytes/P1D@Asia/Shanghai"] = 500 };
            question["request"] = new JsonObject { ["method"] = "GET", ["path"] = "/x", ["address"] = "10.1.2.3", ["application"] = "dashboard" };
            question["consents"] = Texts("did:web:owner.example");
            question["subject"]!["connector"] = "urn:connector:vpp";
            question["subject"]!["standing_ms"] = Now - 4_000;
        }

        return question;
    }

    private static JsonObject Changed(JsonObject question, string path, JsonNode? value) => Edited(question, path, (parent, name) => parent[name] = value);

    private static JsonObject Without(JsonObject question, string path) => Edited(question, path, (parent, name) => parent.Remove(name));

    private static JsonObject Edited(JsonObject question, string path, Action<JsonObject, string> edit)
    {
        var copy = question.DeepClone().AsObject();
        var names = path.Split('.');
        JsonObject? parent = copy;
        foreach (var name in names[..^1])
        {
            parent = parent?[name] as JsonObject;
        }

        if (parent is not null)
        {
            edit(parent, names[^1]);
        }

        return copy;
    }

    private static List<Operand> Operands()
    {
        var modules = PolicyBundle.BuiltIn().Modules.Select(file => new RegoSource(file.Path, file.Text));
        var program = RegoCompiler.Compile([.. modules]);
        var entries = new[] { "data.tds.constraints.operands", "data.tds.named.operands" }
            .SelectMany(table => JsonNode.Parse(program.Prepare(table).Evaluate(RegoValue.ParseJson("{}"))!.ToJsonString())!.AsObject());
        return [.. entries.Select(entry => new Operand(
            entry.Key,
            (string)entry.Value!["kind"]!,
            [.. entry.Value["operators"]!.AsArray().Select(op => (string)op!)],
            ((string)entry.Value["fact"]!)["input.".Length..]))];
    }

    private sealed record Operand(string Left, string Kind, IReadOnlyList<string> Operators, string Fact);

    private static class Json
    {
        public static readonly System.Text.Json.JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    }
}
