using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The versions a participant speaks (DSP §4.3), read and written with <see cref="Json.ProtocolJson"/>: it has no context.</summary>
public sealed record VersionDocument : IJsonOnDeserialized
{
    /// <summary>At least one version.</summary>
    public required IReadOnlyList<ProtocolVersion> ProtocolVersions { get; init; }

    /// <summary>The path of our version; null when the participant does not speak it, and then nothing else may be sent (DSP §4.3).</summary>
    public string? PathOf(string version) =>
        ProtocolVersions.FirstOrDefault(v => v.Version == version && v.Binding == DspConstants.HttpsBinding)?.Path;

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (ProtocolVersions is { Count: 0 })
        {
            throw new JsonException("protocolVersions must have at least one item");
        }
    }
}
