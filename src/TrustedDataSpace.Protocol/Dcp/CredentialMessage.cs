using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>Delivers credentials to a holder, or the word that there will be none (DCP §6.5.1).</summary>
[DcpType("CredentialMessage")]
public sealed record CredentialMessage : IDcpMessage, IJsonOnDeserialized
{
    /// <summary>The value of <see cref="Status"/> with which credentials come.</summary>
    public const string Issued = "ISSUED";

    /// <summary>The value of <see cref="Status"/> of a request that is refused.</summary>
    public const string Rejected = "REJECTED";

    /// <summary>The issuer's name for the request.</summary>
    public required string IssuerPid { get; init; }

    /// <summary>The holder's name for the request; null where the issuer does not say which it answers.</summary>
    public string? HolderPid { get; init; }

    /// <summary><see cref="Issued"/> or <see cref="Rejected"/>.</summary>
    public required string Status { get; init; }

    /// <summary>Why it was rejected, for people.</summary>
    public string? RejectionReason { get; init; }

    /// <summary>The credentials.</summary>
    public IReadOnlyList<CredentialContainer> Credentials { get; init; } = [];

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (Status is not (Issued or Rejected))
        {
            throw new JsonException($"status must be {Issued} or {Rejected}");
        }
    }
}

/// <summary>A credential on its way (DCP §6.5.2).</summary>
/// <param name="CredentialType">Its type, such as <c>MembershipCredential</c>.</param>
/// <param name="Payload">The credential as it was signed.</param>
/// <param name="Format">The profile it belongs to, such as <c>vc20-bssl/jwt</c>.</param>
public sealed record CredentialContainer(string CredentialType, string Payload, string Format);
