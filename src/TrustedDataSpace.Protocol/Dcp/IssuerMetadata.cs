namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>What an issuer issues (DCP §6.7.1).</summary>
[DcpType("IssuerMetadata")]
public sealed record IssuerMetadata : IDcpMessage
{
    /// <summary>The issuer, a DID.</summary>
    public required string Issuer { get; init; }

    /// <summary>
    /// What it issues. An issuer must fill in all but the policy of each; a reader goes without, because what it needs of an entry is its
    /// id, and issuers leave the schema out.
    /// </summary>
    public required IReadOnlyList<CredentialObject> CredentialsSupported { get; init; }
}
