using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>How a request for credentials stands at the issuer (DCP §6.8.1). Not to be confused with the status list of a credential.</summary>
[DcpType("CredentialStatus")]
public sealed record CredentialStatus : IDcpMessage, IJsonOnDeserialized
{
    /// <summary>The request is under way.</summary>
    public const string Received = "RECEIVED";

    /// <summary>There will be no credentials.</summary>
    public const string Rejected = "REJECTED";

    /// <summary>The credentials were issued.</summary>
    public const string Issued = "ISSUED";

    /// <summary>The issuer's name for the request.</summary>
    public required string IssuerPid { get; init; }

    /// <summary>The holder's name for the request.</summary>
    public required string HolderPid { get; init; }

    /// <summary><see cref="Received"/>, <see cref="Rejected"/> or <see cref="Issued"/>.</summary>
    public required string Status { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (Status is not (Received or Rejected or Issued))
        {
            throw new JsonException($"status must be {Received}, {Rejected} or {Issued}");
        }
    }
}
