using System.Text.Json;
using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>
/// An ODRL offer or agreement exactly as it came. It is never rebuilt from parsed parts: what both parties hash and sign
/// must be what was sent, with the properties that we do not know.
/// </summary>
[JsonConverter(typeof(PolicyDocumentConverter))]
public sealed class PolicyDocument : IEquatable<PolicyDocument>
{
    private string? termsHash;

    /// <summary>Wraps a policy.</summary>
    /// <exception cref="RefusalException">Malformed when it is not a JSON object or has no canonical form.</exception>
    public PolicyDocument(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new RefusalException(RefusalCode.Malformed, "A policy must be a JSON object.");
        }

        Element = element.Clone();
        Hash = CanonicalJson.Hash(Element);
    }

    /// <summary>What differs between an offer and its agreement by nature, and between an offer in a catalog and in a message (DSP §5.3.2): no term of it.</summary>
    public static IReadOnlyList<string> Frame { get; } = ["@context", "@id", "@type", "target", "assigner", "assignee", "timestamp"];

    /// <summary>The document.</summary>
    public JsonElement Element { get; }

    /// <summary>Its identifier, <c>@id</c>; empty when it has none.</summary>
    public string Id => Text("@id") ?? "";

    /// <summary><c>Offer</c> or <c>Agreement</c>; empty when it does not say.</summary>
    public string Type => Text("@type") ?? "";

    /// <summary>The dataset it is about.</summary>
    public string? Target => Text("target");

    /// <summary>Who grants.</summary>
    public string? Assigner => Text("assigner");

    /// <summary>To whom it is granted.</summary>
    public string? Assignee => Text("assignee");

    /// <summary>When an agreement was made, as it says itself.</summary>
    public string? Timestamp => Text("timestamp");

    /// <summary>The hash over the canonical form (RFC 8785), <c>sha-256:…</c>.</summary>
    public string Hash { get; }

    /// <summary>The hash over the canonical form of the terms alone, without the <see cref="Frame"/>: two policies with the same one have the same terms.</summary>
    public string TermsHash => termsHash ??= CanonicalJson.HashWithout(Element, Frame);

    /// <summary>
    /// The value of one of our extension terms, such as <c>tds:meter</c>, in either spelling (the policy compiler takes both, and a term
    /// that was not seen here would be left out in silence); null when the policy has none.
    /// </summary>
    /// <param name="term">The compact name.</param>
    /// <exception cref="RefusalException">Malformed: it is there twice.</exception>
    public JsonElement? Extension(string term)
    {
        ArgumentNullException.ThrowIfNull(term);
        var compact = Element.TryGetProperty(term, out var found);
        var full = Element.TryGetProperty(DspConstants.ExtensionNamespace + term[(term.IndexOf(':', StringComparison.Ordinal) + 1)..], out var other);
        return (compact, full) switch
        {
            (true, true) => throw new RefusalException(RefusalCode.Malformed, $"The policy has {term} twice.") { Term = term, Remedy = "Give it once." },
            (true, false) => found,
            (false, true) => other,
            _ => null,
        };
    }

    /// <summary>Parses a policy.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public static PolicyDocument Parse(ReadOnlySpan<byte> utf8) => new(ProtocolJson.Parse(utf8));

    /// <summary>Parses a policy.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public static PolicyDocument Parse(string json) => Parse(System.Text.Encoding.UTF8.GetBytes(json));

    /// <summary>Two policies are equal when their canonical forms are.</summary>
    public bool Equals(PolicyDocument? other) => other is not null && Hash == other.Hash;

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as PolicyDocument);

    /// <inheritdoc />
    public override int GetHashCode() => Hash.GetHashCode(StringComparison.Ordinal);

    /// <summary>The document as it came.</summary>
    public override string ToString() => Element.GetRawText();

    private string? Text(string name) =>
        Element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed class PolicyDocumentConverter : JsonConverter<PolicyDocument>
    {
        public override PolicyDocument Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.StartObject
                ? new PolicyDocument(JsonElement.ParseValue(ref reader))
                : throw new JsonException("a policy must be a JSON object");

        public override void Write(Utf8JsonWriter writer, PolicyDocument value, JsonSerializerOptions options) => value.Element.WriteTo(writer);
    }
}
