using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>An endpoint that speaks this protocol (DSP §5.3.2).</summary>
[DspType("DataService")]
public sealed record DataService
{
    /// <summary>Its identifier.</summary>
    [JsonPropertyName("@id")]
    public required string Id { get; init; }

    /// <summary>Its address.</summary>
    [JsonPropertyName("endpointURL")]
    public required string EndpointUrl { get; init; }
}
