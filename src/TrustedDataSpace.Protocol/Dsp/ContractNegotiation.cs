using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The state of a negotiation (DSP §7.3.1).</summary>
[DspType("ContractNegotiation")]
public sealed record ContractNegotiation : IDspMessage, IJsonOnDeserialized
{
    /// <summary>The provider's identifier of the negotiation.</summary>
    public required string ProviderPid { get; init; }

    /// <summary>The consumer's identifier of the negotiation.</summary>
    public required string ConsumerPid { get; init; }

    /// <summary>One of <see cref="NegotiationStates"/>.</summary>
    public required string State { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (!NegotiationStates.All.Contains(State))
        {
            throw new JsonException($"state must be one of {string.Join(", ", NegotiationStates.All)}");
        }
    }
}
