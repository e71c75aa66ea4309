using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>A list where a peer that compacts JSON-LD may send its only item without brackets. Written always as a list.</summary>
internal sealed class OneOrMany<T> : JsonConverter<IReadOnlyList<T>>
{
    public override IReadOnlyList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return reader.TokenType == JsonTokenType.StartArray
                ? JsonSerializer.Deserialize<List<T>>(ref reader, options)!
                : [JsonSerializer.Deserialize<T>(ref reader, options)!];
        }
        catch (JsonException e)
        {
            // Without a path, so that the serializer adds the one that begins at the root.
            throw new JsonException($"{e.Message.Split(" Path:")[0]} (below it, {e.Path})", e);
        }
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<T> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var item in value)
        {
            JsonSerializer.Serialize(writer, item, options);
        }

        writer.WriteEndArray();
    }
}
