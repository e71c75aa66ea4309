using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>Asks a holder for presentations (DCP §5.4.1): by scopes or by a presentation definition, never by both.</summary>
[DcpType("PresentationQueryMessage")]
public sealed record PresentationQueryMessage : IDcpMessage, IJsonOnDeserialized
{
    /// <summary>What is asked for, as <see cref="DcpScope"/> reads it; null where a definition asks. Never empty.</summary>
    public IReadOnlyList<string>? Scope { get; init; }

    /// <summary>What is asked for in the language of Presentation Exchange; an object. Null where scopes ask.</summary>
    public JsonElement? PresentationDefinition { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if ((Scope is null) == (PresentationDefinition is null))
        {
            throw new JsonException("either scope or presentationDefinition must be there, and not both");
        }

        if (Scope is { Count: 0 })
        {
            throw new JsonException("scope must not be empty");
        }

        // Presentation Exchange 2.0 §5: these two make it a definition.
        if (PresentationDefinition is { } definition
            && !(definition.ValueKind == JsonValueKind.Object && definition.TryGetProperty("id", out _) && definition.TryGetProperty("input_descriptors", out _)))
        {
            throw new JsonException("presentationDefinition must be an object with id and input_descriptors");
        }
    }
}
