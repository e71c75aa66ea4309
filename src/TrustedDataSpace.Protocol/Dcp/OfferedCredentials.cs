using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>The credentials of an offer. Each may be no more than its id (DCP §6.6.1): the issuer's metadata says the rest, and even the type is left out.</summary>
internal sealed class OfferedCredentials : JsonConverter<IReadOnlyList<CredentialObject>>
{
    private const string Id = "id";

    public override IReadOnlyList<CredentialObject> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("credentials must be a list");
        }

        var offered = new List<CredentialObject>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            using var item = JsonDocument.ParseValue(ref reader);
            offered.Add(IsIdOnly(item.RootElement, out var id) ? new CredentialObject { Id = id } : item.RootElement.Deserialize<CredentialObject>(options)!);
        }

        return offered.Contains(null!) ? throw new JsonException("credentials holds null") : offered;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<CredentialObject> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var offered in value)
        {
            JsonSerializer.Serialize(writer, offered, options);
        }

        writer.WriteEndArray();
    }

    private static bool IsIdOnly(JsonElement item, out string id)
    {
        id = "";
        if (item.ValueKind != JsonValueKind.Object || item.GetPropertyCount() != 1 || !item.TryGetProperty(Id, out var value) || value.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        id = value.GetString()!;
        return true;
    }
}
