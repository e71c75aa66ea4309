using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>An issuer tells a holder what it can ask for (DCP §6.6.1).</summary>
[DcpType("CredentialOfferMessage")]
public sealed record CredentialOfferMessage : IDcpMessage
{
    /// <summary>The issuer, a DID.</summary>
    public required string Issuer { get; init; }

    /// <summary>What it offers.</summary>
    [JsonConverter(typeof(OfferedCredentials))]
    public required IReadOnlyList<CredentialObject> Credentials { get; init; }
}
