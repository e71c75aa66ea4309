using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The provider makes an offer (DSP §7.2.2).</summary>
[DspType("ContractOfferMessage")]
public sealed record ContractOfferMessage : IDspMessage, IJsonOnDeserialized
{
    /// <summary>The provider's identifier of the negotiation.</summary>
    public required string ProviderPid { get; init; }

    /// <summary>The consumer's identifier, when the negotiation is already under way.</summary>
    public string? ConsumerPid { get; init; }

    /// <summary>What the provider offers.</summary>
    public required PolicyDocument Offer { get; init; }

    /// <summary>Where the provider wants its messages, when the negotiation begins.</summary>
    public string? CallbackAddress { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        // oneOf in contract-offer-message-schema.json.
        if (ConsumerPid is null == CallbackAddress is null)
        {
            throw new JsonException("exactly one of callbackAddress (the first message) and consumerPid (a later one) is required");
        }

        PolicyShape.RequireMessageOffer(Offer, "offer");
    }
}
