using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing.JsonSchema;

namespace TrustedDataSpace.Testing.Dcp;

/// <summary>The schemas, examples and fixtures of the Decentralized Claims Protocol, copied beside the tests.</summary>
public sealed class DcpSpec
{
    private const string Base = "https://w3id.org/dspace-dcp/v1.0";

    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Dcp", "Spec");

    private readonly SchemaSet schemas = new();

    public DcpSpec()
    {
        foreach (var file in Files("schemas"))
        {
            schemas.Add(Repaired(Read(file)));
        }
    }

    public static JsonElement Read(string file) => ProtocolJson.Parse(File.ReadAllBytes(Path.Combine(Root, file)));

    public static IEnumerable<(string File, bool Valid, string Schema)> Fixtures() =>
        Read("fixtures/index.json").EnumerateArray().Select(f => (
            f.GetProperty("file").GetString()!,
            f.GetProperty("kind").GetString() == "valid",
            f.GetProperty("schema").GetString()!));

    /// <summary>The JSON files in a folder and those below it.</summary>
    public static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    /// <summary>The first thing wrong with a document; null when it is valid.</summary>
    /// <param name="schema">Below the common base, for example <c>/issuance/credential-message-schema.json</c>.</param>
    /// <param name="instance">The document.</param>
    public string? Fault(string schema, JsonElement instance) =>
        // The file of that schema gives itself the address of a sibling folder.
        schemas.Fault(Base + (schema == "/issuance/credential-message-schema.json" ? "/presentation/credential-message-schema.json" : schema), instance);

    /// <summary>The first thing wrong with a message, by the schema for its <c>type</c>; null when it is valid.</summary>
    public string? Fault(JsonElement message) => Fault(SchemaOf(message.GetProperty("type").GetString()!), message);

    private static string SchemaOf(string type) => Files("schemas")
        .Select(file => file["schemas".Length..])
        .Single(file => Path.GetFileName(file).Replace("-", "", StringComparison.Ordinal).Equals(type + "schema.json", StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// The context's schema names an older version of itself; "format" is a remark (draft 2019-09); and the definitions of Presentation
    /// Exchange are no part of this specification: of them, only that they are objects is checked, which the schemas say beside the reference.
    /// </summary>
    private static JsonElement Repaired(JsonElement schema)
    {
        var node = JsonNode.Parse(schema.GetRawText().Replace("/dspace-dcp/v08/", "/dspace-dcp/v1.0/", StringComparison.Ordinal))!;
        Repair(node);
        return ProtocolJson.ToElement(node);
    }

    private static void Repair(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray items:
                foreach (var item in items)
                {
                    Repair(item);
                }

                break;
            case JsonObject properties:
                if (properties["format"] is JsonValue)
                {
                    properties.Remove("format");
                }

                if (properties["$ref"] is JsonValue reference && reference.GetValue<string>().StartsWith("https://identity.foundation/", StringComparison.Ordinal))
                {
                    properties.Remove("$ref");
                }

                foreach (var (_, value) in properties)
                {
                    Repair(value);
                }

                break;
        }
    }
}
