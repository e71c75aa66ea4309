using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrustedDataSpace.Policy.Tests.Agreements;

/// <summary>ODRL documents as a peer sends them.</summary>
internal static class Odrl
{
    public static JsonObject Offer(params JsonNode[] permissions) => new()
    {
        ["@context"] = new JsonArray("https://w3id.org/dspace/2025/1/context.jsonld"),
        ["@type"] = "Offer",
        ["@id"] = "offer-1",
        ["permission"] = new JsonArray(permissions),
    };

    public static JsonObject Agreement(params JsonNode[] permissions)
    {
        var agreement = Offer(permissions);
        agreement["@type"] = "Agreement";
        agreement["@id"] = "urn:uuid:a";
        agreement["target"] = "load_curve_96";
        agreement["assigner"] = "did:web:grid.example";
        agreement["assignee"] = "did:web:vpp.example";
        agreement["timestamp"] = "2026-05-01T00:00:00Z";
        return agreement;
    }

    public static JsonObject Rule(params JsonNode[] constraints) => new() { ["action"] = "use", ["constraint"] = new JsonArray(constraints) };

    public static JsonObject Constraint(string left, string op, JsonNode? right) =>
        new() { ["leftOperand"] = left, ["operator"] = op, ["rightOperand"] = right };

    public static JsonObject With(this JsonObject element, string name, JsonNode? value)
    {
        element[name] = value;
        return element;
    }

    public static JsonElement Json(this JsonNode node) => JsonSerializer.SerializeToElement(node);

    public static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
