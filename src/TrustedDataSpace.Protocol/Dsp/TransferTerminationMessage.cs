using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>A party ends the transfer (DSP §9.2.5).</summary>
[DspType("TransferTerminationMessage")]
public sealed record TransferTerminationMessage : IDspMessage, IJsonOnDeserialized
{
    /// <summary>The provider's identifier of the transfer.</summary>
    public required string ProviderPid { get; init; }

    /// <summary>The consumer's identifier of the transfer.</summary>
    public required string ConsumerPid { get; init; }

    /// <summary>A word for programs.</summary>
    public string? Code { get; init; }

    /// <summary>Why, for people: at least one item, or null.</summary>
    public IReadOnlyList<JsonElement>? Reason { get; init; }

    void IJsonOnDeserialized.OnDeserialized() => DspReasons.RequireSome(Reason);
}
