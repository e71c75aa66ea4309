using System.Text.Json;
using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>
/// The form of <see cref="CatalogRequestMessage.Filter"/> that is understood here; the protocol leaves it open (DSP §5.2.1). Datasets must
/// fulfil everything that is said. Another property is refused: left out of sight, it would give the asker more than it asked for.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CatalogFilter
{
    /// <summary>The value of <see cref="Type"/>.</summary>
    public const string TypeName = "tds:CatalogFilter";

    /// <summary><see cref="TypeName"/>.</summary>
    [JsonPropertyName("@type")]
    public string Type { get; init; } = TypeName;

    /// <summary>Each of these is a keyword of the dataset, as a whole and without regard to case. At most 16.</summary>
    [JsonPropertyName("keyword")]
    [JsonConverter(typeof(OneOrMany<string>))]
    public IReadOnlyList<string> Keywords { get; init; } = [];

    /// <summary>Each word is in title, description or keywords. 1 to 16 words in at most 200 characters; Chinese and Japanese by pairs of characters.</summary>
    public string? Text { get; init; }

    /// <summary><c>tds:classification</c> of the dataset.</summary>
    public string? Classification { get; init; }

    /// <summary>The dataset is one of these. At most 100.</summary>
    [JsonPropertyName("datasetId")]
    [JsonConverter(typeof(OneOrMany<string>))]
    public IReadOnlyList<string> DatasetIds { get; init; } = [];

    /// <summary>As a filter of a message.</summary>
    public JsonElement ToElement() => ProtocolJson.ToElement(this);
}
