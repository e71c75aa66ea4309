using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>What a holder presents (DCP §5.4.2).</summary>
[DcpType("PresentationResponseMessage")]
public sealed record PresentationResponseMessage : IDcpMessage, IJsonOnDeserialized
{
    /// <summary>The presentations: texts (JWTs) or objects. May be empty: then the holder has nothing, or nothing for the one who asks.</summary>
    public required IReadOnlyList<JsonElement> Presentation { get; init; }

    /// <summary>How they answer a presentation definition; an object. Null where scopes asked.</summary>
    public JsonElement? PresentationSubmission { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        // Called before the serializer looks whether all that is required was there.
        if (Presentation?.Any(one => one.ValueKind is not (JsonValueKind.String or JsonValueKind.Object)) ?? false)
        {
            throw new JsonException("each presentation must be a text or an object");
        }

        if (PresentationSubmission is { ValueKind: not JsonValueKind.Object })
        {
            throw new JsonException("presentationSubmission must be an object");
        }
    }
}
