using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>
/// The identifier of a participant: a <c>did:web</c> DID without path parameters, query or fragment. Other methods are
/// refused, because nothing here could resolve them.
/// </summary>
[JsonConverter(typeof(DidConverter))]
public readonly partial record struct Did : IParsable<Did>
{
    private const int MaxLength = 512;

    private readonly string? value;

    private Did(string value) => this.value = value;

    /// <summary>The DID as text.</summary>
    public string Value => value ?? throw new InvalidOperationException("This DID was never given a value.");

    /// <summary>Where did:web puts the DID document (always HTTPS; a space on loopback maps the address itself).</summary>
    public Uri DocumentUri
    {
        get
        {
            var parts = Value["did:web:".Length..].Split(':');
            var host = parts[0].Replace("%3A", ":", StringComparison.OrdinalIgnoreCase);
            var path = parts.Length == 1 ? ".well-known" : string.Join('/', parts[1..]);
            return new Uri($"https://{host}/{path}/did.json");
        }
    }

    /// <summary>Reads a DID.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public static Did Parse(string text) => TryParse(text, out var did)
        ? did
        : throw new RefusalException(RefusalCode.Malformed, $"\"{Shorten(text)}\" is not a did:web identifier.")
        {
            Remedy = "Use did:web:<lower-case host>[%3A<port>][:<path>...], for example did:web:vpp.example.",
        };

    /// <summary>Reads a DID; false when it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Did did)
    {
        var valid = text is { Length: <= MaxLength } && Pattern().IsMatch(text);
        did = valid ? new Did(text!) : default;
        return valid;
    }

    /// <inheritdoc />
    static Did IParsable<Did>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc />
    static bool IParsable<Did>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Did result) => TryParse(s, out result);

    /// <inheritdoc />
    public override string ToString() => value ?? "";

    private static string Shorten(string? text) => text is { Length: > 80 } ? text[..80] + "…" : text ?? "";

    // One spelling per identity: lower-case host, upper-case percent-encoding of the port's colon, no dot segments.
    [GeneratedRegex(@"\Adid:web:(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*(?:%3A[1-9][0-9]{0,4})?(?::[A-Za-z0-9_-][A-Za-z0-9._-]*)*\z")]
    private static partial Regex Pattern();

    private sealed class DidConverter : JsonConverter<Did>
    {
        public override Did Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var did)
                ? did
                : throw new JsonException("a did:web identifier is required");

        public override void Write(Utf8JsonWriter writer, Did value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}
