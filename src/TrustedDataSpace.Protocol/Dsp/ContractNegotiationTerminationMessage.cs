using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>A party breaks the negotiation off (DSP §7.2.6).</summary>
[DspType("ContractNegotiationTerminationMessage")]
public sealed record ContractNegotiationTerminationMessage : IDspMessage, IJsonOnDeserialized
{
    /// <summary>The provider's identifier of the negotiation.</summary>
    public required string ProviderPid { get; init; }

    /// <summary>The consumer's identifier of the negotiation.</summary>
    public required string ConsumerPid { get; init; }

    /// <summary>A word for programs.</summary>
    public string? Code { get; init; }

    /// <summary>Why, for people: at least one item, or null.</summary>
    public IReadOnlyList<JsonElement>? Reason { get; init; }

    void IJsonOnDeserialized.OnDeserialized() => DspReasons.RequireSome(Reason);
}
