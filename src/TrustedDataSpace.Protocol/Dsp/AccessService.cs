using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The service of a distribution: by identifier, or in full.</summary>
/// <param name="Id">The identifier of the service.</param>
/// <param name="Service">The service, where it was sent in full.</param>
[JsonConverter(typeof(AccessServiceConverter))]
public sealed record AccessService(string Id, DataService? Service = null)
{
    private sealed class AccessServiceConverter : JsonConverter<AccessService>
    {
        public override AccessService Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                return new AccessService(reader.GetString()!);
            }

            var service = JsonSerializer.Deserialize<DataService>(ref reader, options)!;
            return new AccessService(service.Id, service);
        }

        public override void Write(Utf8JsonWriter writer, AccessService value, JsonSerializerOptions options)
        {
            if (value.Service is null)
            {
                writer.WriteStringValue(value.Id);
            }
            else
            {
                JsonSerializer.Serialize(writer, value.Service, options);
            }
        }
    }
}
