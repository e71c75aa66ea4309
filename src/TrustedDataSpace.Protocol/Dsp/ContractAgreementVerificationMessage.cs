using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The consumer verified the agreement (DSP §7.2.4).</summary>
[DspType("ContractAgreementVerificationMessage")]
public sealed record ContractAgreementVerificationMessage : IDspMessage
{
    /// <summary>The provider's identifier of the negotiation.</summary>
    public required string ProviderPid { get; init; }

    /// <summary>The consumer's identifier of the negotiation.</summary>
    public required string ConsumerPid { get; init; }

    /// <summary>The consumer's signature under the agreement (<see cref="AgreementSignature"/>); null from connectors that do not sign.</summary>
    [JsonPropertyName(AgreementSignature.Property)]
    public string? Signature { get; init; }
}
