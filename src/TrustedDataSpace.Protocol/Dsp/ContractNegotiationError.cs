using System.Text.Json;
using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>A negotiation message was refused (DSP §7.3.2). It changes no state.</summary>
[DspType("ContractNegotiationError")]
public sealed record ContractNegotiationError : IDspMessage, IJsonOnDeserialized
{
    /// <summary>The provider's identifier of the negotiation.</summary>
    public required string ProviderPid { get; init; }

    /// <summary>The consumer's identifier of the negotiation.</summary>
    public required string ConsumerPid { get; init; }

    /// <summary>A word for programs.</summary>
    public string? Code { get; init; }

    /// <summary>Why, for people: at least one item, or null.</summary>
    public IReadOnlyList<JsonElement>? Reason { get; init; }

    /// <summary>Renders a refusal. Both identifiers are required even when only one is known: the other is then empty.</summary>
    public static ContractNegotiationError From(RefusalException refusal, string? providerPid, string? consumerPid) => new()
    {
        ProviderPid = providerPid ?? "",
        ConsumerPid = consumerPid ?? "",
        Code = DspReasons.CodeOf(refusal),
        Reason = DspReasons.Of(refusal),
    };

    void IJsonOnDeserialized.OnDeserialized() => DspReasons.RequireSome(Reason);
}
