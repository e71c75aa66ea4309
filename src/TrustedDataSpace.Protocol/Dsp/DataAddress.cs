using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>Where data is had, and how (DSP §9.2.1).</summary>
[DspType("DataAddress")]
public sealed record DataAddress
{
    /// <summary>The kind of endpoint, for example <see cref="DspConstants.HttpEndpointType"/>.</summary>
    public required string EndpointType { get; init; }

    /// <summary>Its address.</summary>
    public string? Endpoint { get; init; }

    /// <summary>What else is needed, such as the token.</summary>
    [JsonConverter(typeof(OneOrMany<EndpointProperty>))]
    public IReadOnlyList<EndpointProperty> EndpointProperties { get; init; } = [];

    /// <summary>The value of a property; null when it is not there.</summary>
    public string? Property(string name) => EndpointProperties.FirstOrDefault(p => p.Name == name)?.Value;

    /// <summary>Tells the address, never the properties: one of them is a token.</summary>
    public override string ToString() => $"DataAddress {{ {EndpointType}, {Endpoint} }}";
}
