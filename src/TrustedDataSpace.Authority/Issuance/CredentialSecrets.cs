using System.Text;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Credentials;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>What a delivery needs of keys: the holder's access token, opened, and credentials, signed now.</summary>
internal sealed class CredentialSecrets(KeyStore keys, CredentialSigner signer, TimeProvider clock)
{
    /// <summary>The access token that the holder gave; null when it gave none, or was answered.</summary>
    public string? Open(RequestRow request) => request.TokenSealed is { } box ? Encoding.UTF8.GetString(keys.Open(box, RequestRow.Context(request.IssuerPid))) : null;

    public string Sign(CredentialRow row, CredentialProfile profile) => signer.Sign(row, profile);

    public bool IsAlive(CredentialRow row) => row.IsAlive(clock.GetUtcNow());
}
