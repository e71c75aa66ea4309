using System.Text.Json;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Testing.JsonSchema;

/// <summary>
/// Schemas that refer to each other, and as much of JSON Schema 2019-09 as those of the Dataspace Protocol and DCP use. A schema with anything else in
/// it is refused when it is added: what is not checked must not look checked.
/// </summary>
public sealed class SchemaSet
{
    private static readonly string[] Annotations = ["$schema", "$id", "$comment", "title", "definitions"];
    private static readonly string[] Types = ["object", "array", "string"];

    private readonly Dictionary<string, JsonElement> documents = [];

    /// <summary>Adds a schema, or puts it in the place of the one with its <c>$id</c>.</summary>
    /// <exception cref="NotSupportedException">It uses a keyword that is not understood here, or one in another way.</exception>
    public void Add(JsonElement schema)
    {
        SchemaForm.Require(schema, "$");
        documents[schema.GetProperty("$id").GetString()!] = schema;
    }

    /// <summary>The first thing wrong with a document; null when it is valid.</summary>
    /// <param name="id">The <c>$id</c> of the schema.</param>
    /// <param name="instance">The document.</param>
    public string? Fault(string id, JsonElement instance) => Check(documents[id], id, instance, "$");

    private string? Check(JsonElement schema, string document, JsonElement instance, string at) => schema.EnumerateObject()
        .Where(keyword => !Annotations.Contains(keyword.Name))
        .Select(keyword => CheckKeyword(keyword.Name, keyword.Value, document, instance, at))
        .FirstOrDefault(fault => fault is not null);

    private string? CheckKeyword(string name, JsonElement value, string document, JsonElement instance, string at) => name switch
    {
        "$ref" => CheckReference(value.GetString()!, document, instance, at),
        "type" => (value.ValueKind == JsonValueKind.Array ? Items(value).Any(type => IsType(type.GetString()!, instance)) : IsType(value.GetString()!, instance)) ? null : $"{at}: not of type {value}",
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
        var schema = documents.TryGetValue(target, out var found) ? found : throw new NotSupportedException($"There is no schema {target}");

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
        _ => instance.ValueKind == JsonValueKind.String,
    };

    /// <summary>Looks through a whole schema, whether or not a document ever reaches a part of it.</summary>
    private static class SchemaForm
    {
        public static void Require(JsonElement schema, string at)
        {
            if (schema.ValueKind != JsonValueKind.Object)
            {
                throw new NotSupportedException($"{at}: a schema must be an object");
            }

            foreach (var keyword in schema.EnumerateObject())
            {
                RequireKeyword(keyword.Name, keyword.Value, $"{at}.{keyword.Name}");
            }
        }

        private static void RequireKeyword(string name, JsonElement value, string at)
        {
            switch (name)
            {
                case "items" or "contains" or "not":
                    Require(value, at);
                    break;
                case "allOf" or "anyOf" or "oneOf":
                    foreach (var (i, part) in value.EnumerateArray().Index())
                    {
                        Require(part, $"{at}[{i}]");
                    }

                    break;
                case "properties" or "definitions":
                    foreach (var part in value.EnumerateObject())
                    {
                        Require(part.Value, $"{at}.{part.Name}");
                    }

                    break;
                case "type" when value.ValueKind == JsonValueKind.String && Types.Contains(value.GetString()):
                case "type" when value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(type => Types.Contains(type.GetString())):
                case "minItems" when value.ValueKind == JsonValueKind.Number:
                case "required" or "enum" when value.ValueKind == JsonValueKind.Array:
                case "$ref" or "pattern" or "$schema" or "$id" or "$comment" or "title" when value.ValueKind == JsonValueKind.String:
                case "const":
                    break;
                default:
                    throw new NotSupportedException($"{at}: this keyword, or this use of it, is not understood");
            }
        }
    }
}
