using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>One version of the protocol and where it is spoken.</summary>
public sealed record ProtocolVersion : IJsonOnDeserialized
{
    /// <summary>The version, for example <see cref="DspConstants.Version"/>.</summary>
    public required string Version { get; init; }

    /// <summary>The path from the root to its endpoints.</summary>
    public required string Path { get; init; }

    /// <summary>The binding: <see cref="DspConstants.HttpsBinding"/>.</summary>
    public required string Binding { get; init; }

    /// <summary>The kind of participant identifiers, for example <c>did:web</c>.</summary>
    public string? IdentifierType { get; init; }

    /// <summary>Tells one service from another behind the same address.</summary>
    public string? ServiceId { get; init; }

    /// <summary>How callers authenticate.</summary>
    public VersionAuth? Auth { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (Binding != DspConstants.HttpsBinding)
        {
            throw new JsonException("binding must be HTTPS");
        }
    }
}
