using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>A catalog request was refused (DSP §5.3.3).</summary>
[DspType("CatalogError")]
public sealed record CatalogError : IDspMessage
{
    /// <summary>A word for programs.</summary>
    public string? Code { get; init; }

    /// <summary>Why, for people.</summary>
    public IReadOnlyList<JsonElement> Reason { get; init; } = [];

    /// <summary>Renders a refusal.</summary>
    public static CatalogError From(RefusalException refusal) =>
        new() { Code = DspReasons.CodeOf(refusal), Reason = DspReasons.Of(refusal) };
}
