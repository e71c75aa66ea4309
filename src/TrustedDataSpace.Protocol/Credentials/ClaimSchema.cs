using System.Text.Json;
using System.Text.RegularExpressions;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>
/// A JSON schema for the claims of a credential: that part of JSON Schema that says which claims there are and what they look like. A keyword
/// that is not understood here is refused when the schema is read, never passed over.
/// </summary>
/// <remarks>
/// Understood: type, enum, const, properties, required, additionalProperties (a boolean), items, minItems, maxItems, uniqueItems, minLength, maxLength,
/// pattern (evaluated without backtracking), minimum, maximum, minProperties, maxProperties; format as a remark, like title, description and other annotations.
/// </remarks>
public sealed class ClaimSchema
{
    private const int MaxDepth = 16;
    private const int MaxPattern = 500;

    private static readonly HashSet<string> Annotations =
        ["$schema", "$id", "$comment", "id", "title", "description", "default", "examples", "format", "readOnly", "writeOnly", "deprecated"];

    private static readonly HashSet<string> Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    private readonly JsonElement schema;
    private readonly Dictionary<string, Regex> patterns = new(StringComparer.Ordinal);

    private ClaimSchema(JsonElement schema) => this.schema = schema;

    /// <summary>Reads a schema.</summary>
    /// <exception cref="RefusalException">Unsupported: it has a keyword, or a value of one, that is not understood; <see cref="RefusalException.Where"/> says where.</exception>
    public static ClaimSchema Read(JsonElement schema)
    {
        var read = new ClaimSchema(schema.Clone());
        read.Check(read.schema, "$", 0);
        return read;
    }

    /// <summary>What in the document is not as the schema says; null when nothing is.</summary>
    public string? Violation(JsonElement document) => Violation(schema, document, "$");

    /// <summary>The names of the properties that must be there.</summary>
    public IReadOnlyList<string> Required => [.. Names(schema, "required")];

    private void Check(JsonElement part, string where, int depth)
    {
        if (part.ValueKind != JsonValueKind.Object || depth > MaxDepth)
        {
            throw Refuse(where, "it is no object, or lies too deep");
        }

        foreach (var keyword in part.EnumerateObject())
        {
            CheckKeyword(keyword, $"{where}.{keyword.Name}", depth);
        }
    }

    private void CheckKeyword(JsonProperty keyword, string where, int depth)
    {
        var value = keyword.Value;
        switch (keyword.Name)
        {
            case "properties" when value.ValueKind == JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    Check(property.Value, $"{where}.{property.Name}", depth + 1);
                }

                return;
            case "items":
                Check(value, where, depth + 1);
                return;
            case "type" when value.ValueKind == JsonValueKind.String ? Types.Contains(value.GetString()!) : IsTexts(value) && value.EnumerateArray().All(type => Types.Contains(type.GetString()!)):
            case "enum" when value.ValueKind == JsonValueKind.Array:
            case "const":
            case "required" when IsTexts(value):
            case "additionalProperties" or "uniqueItems" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
            case "minItems" or "maxItems" or "minLength" or "maxLength" or "minProperties" or "maxProperties" when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= 0:
            case "minimum" or "maximum" when value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out _):
            case var name when Annotations.Contains(name):
                return;
            case "pattern" when value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= MaxPattern } pattern:
                AddPattern(pattern, where);
                return;
            default:
                throw Refuse(where, "the keyword, or its value, is not understood here");
        }
    }

    private void AddPattern(string pattern, string where)
    {
        try
        {
            // Issuers write these patterns, and holders the texts: no text may cost more than its length.
            patterns[pattern] = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw Refuse(where, "it is no pattern that can be evaluated without backtracking", e);
        }
    }

    private string? Violation(JsonElement part, JsonElement value, string where)
    {
        if (part.TryGetProperty("type", out var type) && !(type.ValueKind == JsonValueKind.String ? IsOf(type.GetString()!, value) : type.EnumerateArray().Any(one => IsOf(one.GetString()!, value))))
        {
            return $"{where}: it must be of type {type}";
        }

        if (part.TryGetProperty("const", out var constant) && !JsonElement.DeepEquals(constant, value))
        {
            return $"{where}: it must be {constant}";
        }

        if (part.TryGetProperty("enum", out var values) && !values.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)))
        {
            return $"{where}: it must be one of {values}";
        }

        return value.ValueKind switch
        {
            JsonValueKind.Object => ObjectViolation(part, value, where),
            JsonValueKind.Array => ArrayViolation(part, value, where),
            JsonValueKind.String => TextViolation(part, value.GetString()!, where),
            JsonValueKind.Number => NumberViolation(part, value, where),
            _ => null,
        };
    }

    private string? ObjectViolation(JsonElement part, JsonElement value, string where)
    {
        if (Names(part, "required").FirstOrDefault(name => !value.TryGetProperty(name, out _)) is { } missing)
        {
            return $"{where}.{missing}: it is missing";
        }

        var known = part.TryGetProperty("properties", out var properties);
        var closed = part.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.False;
        foreach (var property in value.EnumerateObject())
        {
            if (known && properties.TryGetProperty(property.Name, out var inner))
            {
                if (Violation(inner, property.Value, $"{where}.{property.Name}") is { } violation)
                {
                    return violation;
                }
            }
            else if (closed)
            {
                return $"{where}.{property.Name}: there is no such property";
            }
        }

        return Bounds(part, "Properties", value.GetPropertyCount(), where);
    }

    private string? ArrayViolation(JsonElement part, JsonElement value, string where)
    {
        if (part.TryGetProperty("items", out var inner))
        {
            var at = 0;
            foreach (var item in value.EnumerateArray())
            {
                if (Violation(inner, item, $"{where}[{at++}]") is { } violation)
                {
                    return violation;
                }
            }
        }

        if (part.TryGetProperty("uniqueItems", out var unique) && unique.ValueKind == JsonValueKind.True)
        {
            var texts = value.EnumerateArray().Select(item => Convert.ToHexString(Json.CanonicalJson.Bytes(item))).ToList();
            if (texts.Distinct(StringComparer.Ordinal).Count() != texts.Count)
            {
                return $"{where}: two entries are the same";
            }
        }

        return Bounds(part, "Items", value.GetArrayLength(), where);
    }

    private string? TextViolation(JsonElement part, string text, string where)
    {
        if (part.TryGetProperty("pattern", out var pattern) && !patterns[pattern.GetString()!].IsMatch(text))
        {
            return $"{where}: it must match {pattern}";
        }

        return Bounds(part, "Length", text.EnumerateRunes().Count(), where);
    }

    private static string? NumberViolation(JsonElement part, JsonElement value, string where)
    {
        if (!value.TryGetDecimal(out var number))
        {
            return $"{where}: the number has too many digits";
        }

        if (part.TryGetProperty("minimum", out var least) && number < least.GetDecimal())
        {
            return $"{where}: it must be at least {least}";
        }

        return part.TryGetProperty("maximum", out var most) && number > most.GetDecimal() ? $"{where}: it must be at most {most}" : null;
    }

    private static string? Bounds(JsonElement part, string what, int count, string where)
    {
        if (part.TryGetProperty("min" + what, out var least) && count < least.GetInt32())
        {
            return $"{where}: it must have at least {least}";
        }

        return part.TryGetProperty("max" + what, out var most) && count > most.GetInt32() ? $"{where}: it must have at most {most}" : null;
    }

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && decimal.IsInteger(number),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    private static bool IsTexts(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String);

    private static IEnumerable<string> Names(JsonElement part, string keyword) =>
        part.TryGetProperty(keyword, out var names) ? names.EnumerateArray().Select(name => name.GetString()!) : [];

    private static RefusalException Refuse(string where, string why, Exception? inner = null) =>
        new(RefusalCode.Unsupported, $"The schema cannot be used, {where}: {why}.", inner) { Where = where, Term = "credentialSchema" };
}
