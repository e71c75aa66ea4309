using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing.JsonSchema;

namespace TrustedDataSpace.Testing.Dsp;

/// <summary>The schemas of the Dataspace Protocol, and which of them a message is held against.</summary>
public sealed class DspSchemas
{
    private const string Base = "https://w3id.org/dspace/2025/1";

    private readonly SchemaSet schemas = new();

    private DspSchemas(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            var schema = SpecFiles.Read(file);
            schemas.Add(schema);
            var id = schema.GetProperty("$id").GetString()![Base.Length..];

            // contract-negotiation-schema.json -> contractnegotiation
            Names[Path.GetFileName(id).Replace("-schema.json", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal)] = id;
        }
    }

    /// <summary>As the specification publishes them.</summary>
    public static DspSchemas OfTheSpecification() => new(SpecFiles.Files("schemas"));

    /// <summary>As the public conformance kit has them: it keeps its own copies of three.</summary>
    public static DspSchemas OfTheKit()
    {
        var set = new DspSchemas(SpecFiles.Files("schemas"));
        foreach (var file in SpecFiles.Files("tck-variants"))
        {
            set.schemas.Add(Repaired(SpecFiles.Read(file)));
        }

        return set;
    }

    private Dictionary<string, string> Names { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The first thing wrong with a document; null when it is valid.</summary>
    /// <param name="schema">Below the common base, for example <c>/catalog/catalog-schema.json</c>.</param>
    /// <param name="instance">The document.</param>
    public string? Fault(string schema, JsonElement instance) => schemas.Fault(Base + schema, instance);

    /// <summary>The first thing wrong with a message, by the schema for its <c>@type</c>; null when it is valid.</summary>
    public string? Fault(JsonElement message) =>
        SchemaOf(message) is { } schema ? Fault(schema, message) : $"$.@type: no message of the protocol is a '{DspJson.TypeOf(message)}'";

    /// <summary>The schema for the <c>@type</c> of a message; null when the protocol has none.</summary>
    public string? SchemaOf(JsonElement message) => DspJson.TypeOf(message) is { } type
        ? Names.GetValueOrDefault(type)
        : message.ValueKind == JsonValueKind.Object && message.TryGetProperty("protocolVersions", out _) ? Names["protocolversion"] : null;

    /// <summary>The kit's copy says <c>"items": "string"</c> where it means a schema.</summary>
    private static JsonElement Repaired(JsonElement schema)
    {
        var node = JsonNode.Parse(schema.GetRawText())!;
        if (node["definitions"]!["PolicyClass"] is { } policy)
        {
            policy["properties"]!["profile"]!["oneOf"]![0]!["items"] = new JsonObject { ["type"] = "string" };
        }

        return ProtocolJson.ToElement(node);
    }
}
