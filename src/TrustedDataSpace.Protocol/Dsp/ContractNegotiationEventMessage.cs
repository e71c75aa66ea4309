using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The consumer accepted, or the provider finalized (DSP §7.2.5).</summary>
[DspType("ContractNegotiationEventMessage")]
public sealed record ContractNegotiationEventMessage : IDspMessage, IJsonOnDeserialized
{
    /// <summary>The provider's identifier of the negotiation.</summary>
    public required string ProviderPid { get; init; }

    /// <summary>The consumer's identifier of the negotiation.</summary>
    public required string ConsumerPid { get; init; }

    /// <summary><see cref="NegotiationStates.Accepted"/> or <see cref="NegotiationStates.Finalized"/>.</summary>
    public required string EventType { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (EventType is not (NegotiationStates.Accepted or NegotiationStates.Finalized))
        {
            throw new JsonException("eventType must be ACCEPTED or FINALIZED");
        }
    }
}
