using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>A credential that an issuer issues or offers (DCP §6.6.2).</summary>
[DcpType("CredentialObject")]
public sealed record CredentialObject : IJsonOnDeserialized
{
    /// <summary>Its name at the issuer, by which it is asked for.</summary>
    public required string Id { get; init; }

    /// <summary>The type of the credential, such as <c>MembershipCredential</c>. Null in an offer that names ids only.</summary>
    public string? CredentialType { get; init; }

    /// <summary>Where the schema of its claims is.</summary>
    public string? CredentialSchema { get; init; }

    /// <summary>Why it is offered, such as <c>issuance</c> or <c>reissue</c>.</summary>
    public string? OfferReason { get; init; }

    /// <summary>What the holder can be, such as <c>did:web</c>.</summary>
    public IReadOnlyList<string> BindingMethods { get; init; } = [];

    /// <summary>The profile in which it is issued, such as <c>vc20-bssl/jwt</c>.</summary>
    public string? Profile { get; init; }

    /// <summary>What a holder must present to get it, in the language of Presentation Exchange; an object.</summary>
    public JsonElement? IssuancePolicy { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (IssuancePolicy is { ValueKind: not JsonValueKind.Object })
        {
            throw new JsonException("issuancePolicy must be an object");
        }
    }
}
