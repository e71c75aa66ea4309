using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The consumer asks for a contract, or again with other terms (DSP §7.2.1).</summary>
[DspType("ContractRequestMessage")]
public sealed record ContractRequestMessage : IDspMessage, IJsonOnDeserialized
{
    /// <summary>The consumer's identifier of the negotiation.</summary>
    public required string ConsumerPid { get; init; }

    /// <summary>The provider's identifier, when the negotiation is already under way.</summary>
    public string? ProviderPid { get; init; }

    /// <summary>What the consumer asks for.</summary>
    public required PolicyDocument Offer { get; init; }

    /// <summary>Where the consumer wants its messages, when the negotiation begins.</summary>
    public string? CallbackAddress { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        // oneOf in contract-request-message-schema.json: the first message or a later one, never something between.
        if (ProviderPid is null == CallbackAddress is null)
        {
            throw new JsonException("exactly one of callbackAddress (the first message) and providerPid (a later one) is required");
        }

        PolicyShape.RequireMessageOffer(Offer, "offer");
    }
}
