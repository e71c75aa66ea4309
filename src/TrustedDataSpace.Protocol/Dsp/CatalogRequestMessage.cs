using System.Text.Json;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>Asks for a catalog (DSP §5.2.1).</summary>
[DspType("CatalogRequestMessage")]
public sealed record CatalogRequestMessage : IDspMessage
{
    /// <summary>What to look for, in a form that both parties know.</summary>
    public IReadOnlyList<JsonElement> Filter { get; init; } = [];
}
