using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The provider agrees (DSP §7.2.3).</summary>
[DspType("ContractAgreementMessage")]
public sealed record ContractAgreementMessage : IDspMessage, IJsonOnDeserialized
{
    /// <summary>The provider's identifier of the negotiation.</summary>
    public required string ProviderPid { get; init; }

    /// <summary>The consumer's identifier of the negotiation.</summary>
    public required string ConsumerPid { get; init; }

    /// <summary>The agreement.</summary>
    public required PolicyDocument Agreement { get; init; }

    /// <summary>The provider's signature under the agreement (<see cref="AgreementSignature"/>); null from connectors that do not sign.</summary>
    [JsonPropertyName(AgreementSignature.Property)]
    public string? Signature { get; init; }

    void IJsonOnDeserialized.OnDeserialized() => PolicyShape.RequireAgreement(Agreement, "agreement");
}
