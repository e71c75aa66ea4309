namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>Asks an issuer for credentials (DCP §6.4.1).</summary>
[DcpType("CredentialRequestMessage")]
public sealed record CredentialRequestMessage : IDcpMessage
{
    /// <summary>The holder's name for the request.</summary>
    public required string HolderPid { get; init; }

    /// <summary>What is asked for, by the ids of the issuer's metadata.</summary>
    public required IReadOnlyList<RequestedCredential> Credentials { get; init; }
}

/// <summary>One credential that is asked for.</summary>
/// <param name="Id">The id of a <see cref="CredentialObject"/> in the issuer's metadata.</param>
public sealed record RequestedCredential(string Id);
