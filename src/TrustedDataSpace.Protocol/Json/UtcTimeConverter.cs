using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Json;

/// <summary>
/// Times as RFC 3339 in UTC. One instant has one text, because documents with times are hashed and signed; a time
/// without a zone is refused, because it would mean something else on another machine.
/// </summary>
internal sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    private const string Written = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'";

    private static readonly string[] Accepted = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return DateTimeOffset.TryParseExact(text, Accepted, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUniversalTime()
            : throw new JsonException("a time must be RFC 3339 with its zone, such as 2026-05-12T08:00:00Z");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Write(value));

    /// <summary>The one text of an instant.</summary>
    public static string Write(DateTimeOffset value) => value.UtcDateTime.ToString(Written, CultureInfo.InvariantCulture);
}
