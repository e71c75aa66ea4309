using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>What a participant offers (DSP §5.3.1).</summary>
[DspType("Catalog")]
public sealed record Catalog : IDspMessage
{
    /// <summary>Its identifier.</summary>
    [JsonPropertyName("@id")]
    public required string Id { get; init; }

    /// <summary>Who offers.</summary>
    public required string ParticipantId { get; init; }

    /// <summary>The endpoints that the distributions name.</summary>
    [JsonPropertyName("service")]
    [JsonConverter(typeof(OneOrMany<DataService>))]
    public IReadOnlyList<DataService> Services { get; init; } = [];

    /// <summary>The datasets on offer.</summary>
    [JsonPropertyName("dataset")]
    [JsonConverter(typeof(OneOrMany<Dataset>))]
    public IReadOnlyList<Dataset> Datasets { get; init; } = [];

    /// <summary>Catalogs within the catalog, as they came.</summary>
    [JsonPropertyName("catalog")]
    [JsonConverter(typeof(OneOrMany<JsonElement>))]
    public IReadOnlyList<JsonElement> Catalogs { get; init; } = [];
}
