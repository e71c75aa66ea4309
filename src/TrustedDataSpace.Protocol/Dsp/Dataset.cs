using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>A dataset on offer (DSP §5.3.2).</summary>
[DspType("Dataset", Required = false)]
public sealed record Dataset : IDspMessage, IJsonOnDeserialized
{
    /// <summary>Its identifier.</summary>
    [JsonPropertyName("@id")]
    public required string Id { get; init; }

    /// <summary>The offers, without target.</summary>
    [JsonPropertyName("hasPolicy")]
    [JsonConverter(typeof(OneOrMany<PolicyDocument>))]
    public required IReadOnlyList<PolicyDocument> Offers { get; init; }

    /// <summary>The forms it can be had in.</summary>
    [JsonPropertyName("distribution")]
    [JsonConverter(typeof(OneOrMany<Distribution>))]
    public required IReadOnlyList<Distribution> Distributions { get; init; }

    /// <summary>Whatever else is said about it, such as <c>dct:title</c>.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? More { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        // The context belongs to the message around it, and is written again with it.
        More?.Remove("@context");
        if (Offers is { Count: 0 } || Distributions is { Count: 0 })
        {
            throw new JsonException("a dataset needs at least one hasPolicy and one distribution");
        }

        for (var i = 0; i < Offers?.Count; i++)
        {
            PolicyShape.RequireCatalogOffer(Offers[i], $"hasPolicy[{i}]");
        }
    }
}
