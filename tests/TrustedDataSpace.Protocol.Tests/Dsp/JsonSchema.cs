using System.Text.Json;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Protocol.Tests.Dsp;

/// <summary>
/// As much of JSON Schema 2019-09 as the protocol's schemas use. A keyword that it does not know fails the test: what is
/// not checked must not look checked.
/// </summary>
internal sealed class JsonSchema
{
    private const string Base = "https://w3id.org/dspace/2025/1";

    private static readonly string[] Annotations = ["$schema", "$id", "$comment", "title", "definitions"];

    private readonly Dictionary<string, JsonElement> documents = [];

    public JsonSchema()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(SpecFiles.Root, "schemas"), "*.json", SearchOption.AllDirectories))
        {
            var schema = SpecFiles.Read(file);
            documents[schema.GetProperty("$id").GetString()!] = schema;
        }
    }

    /// <summary>The first thing wrong with a document; null when it is valid.</summary>
    public string? Fault(string schema, JsonElement instance) => Check(documents[Base + schema], Base + schema, instance, "$");

    private string? Check(JsonElement schema, string document, JsonElement instance, string at)
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            if (Annotations.Contains(keyword.Name))
            {
                continue;
            }

            if (CheckKeyword(keyword.Name, keyword.Value, document, instance, at) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private string? CheckKeyword(string name, JsonElement value, string document, JsonElement instance, string at) => name switch
    {
        "$ref" => CheckReference(value.GetString()!, document, instance, at),
        "type" => IsType(value.GetString()!, instance) ? null : $"{at}: not of type {value}",
        "const" => JsonElement.DeepEquals(value, instance) ? null : $"{at}: not {value}",
        "enum" => value.EnumerateArray().Any(v => JsonElement.DeepEquals(v, instance)) ? null : $"{at}: not one of {value}",
        "pattern" => instance.ValueKind != JsonValueKind.String || Regex.IsMatch(instance.GetString()!, value.GetString()!) ? null : $"{at}: pattern",
        "required" => Missing(value, instance) is { } missing ? $"{at}: {missing} is missing" : null,
        "properties" => CheckProperties(value, document, instance, at),
        "items" => Items(instance).Select((x, i) => Check(value, document, x, $"{at}[{i}]")).FirstOrDefault(f => f is not null),
        "minItems" => instance.ValueKind != JsonValueKind.Array || instance.GetArrayLength() >= value.GetInt32() ? null : $"{at}: too few items",
        "contains" => instance.ValueKind != JsonValueKind.Array || Items(instance).Any(x => Check(value, document, x, at) is null) ? null : $"{at}: contains",
        "allOf" => value.EnumerateArray().Select(s => Check(s, document, instance, at)).FirstOrDefault(f => f is not null),
        "anyOf" => value.EnumerateArray().Any(s => Check(s, document, instance, at) is null) ? null : $"{at}: none of anyOf",
        "oneOf" => value.EnumerateArray().Count(s => Check(s, document, instance, at) is null) == 1 ? null : $"{at}: not exactly one of oneOf",
        "not" => Check(value, document, instance, at) is null ? $"{at}: not" : null,
        _ => throw new NotSupportedException($"Schema keyword {name}"),
    };

    private string? CheckReference(string reference, string document, JsonElement instance, string at)
    {
        var parts = reference.Split('#');
        var target = parts[0].Length == 0 ? document : parts[0];
        var schema = documents[target];
        // The transfer schemas write "#definitions/…" without the slash.
        foreach (var name in (parts.Length > 1 ? parts[1] : "").Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            schema = schema.GetProperty(name);
        }

        return Check(schema, target, instance, at);
    }

    private string? CheckProperties(JsonElement properties, string document, JsonElement instance, string at) =>
        instance.ValueKind != JsonValueKind.Object
            ? null
            : properties.EnumerateObject()
                .Select(p => instance.TryGetProperty(p.Name, out var x) ? Check(p.Value, document, x, $"{at}.{p.Name}") : null)
                .FirstOrDefault(f => f is not null);

    private static string? Missing(JsonElement required, JsonElement instance) =>
        instance.ValueKind != JsonValueKind.Object
            ? null
            : required.EnumerateArray().Select(r => r.GetString()).FirstOrDefault(r => !instance.TryGetProperty(r!, out _));

    private static JsonElement[] Items(JsonElement instance) =>
        instance.ValueKind == JsonValueKind.Array ? [.. instance.EnumerateArray()] : [];

    private static bool IsType(string type, JsonElement instance) => type switch
    {
        "object" => instance.ValueKind == JsonValueKind.Object,
        "array" => instance.ValueKind == JsonValueKind.Array,
        "string" => instance.ValueKind == JsonValueKind.String,
        _ => throw new NotSupportedException($"Schema type {type}"),
    };
}
