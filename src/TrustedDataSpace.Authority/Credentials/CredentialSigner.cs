using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Credentials;

/// <summary>Signs credentials and status lists with the authority's present key, in either profile.</summary>
internal sealed class CredentialSigner(KeyStore keys, ServiceAddress address, AuthoritySettings settings)
{
    private static readonly string[] Purposes = [CredentialStatusEntry.Revocation, CredentialStatusEntry.Suspension];

    public Did Issuer { get; } = Did.Parse(settings.Participant.Id);

    /// <summary>The key that signs now.</summary>
    public SigningKey Key => keys.Signing(AuthorityKey.Name);

    /// <summary>A credential, signed now.</summary>
    public string Sign(CredentialRow row, CredentialProfile profile) => CredentialJwt.Sign(
        new CredentialContent
        {
            Id = row.Id,
            Types = [row.Type],
            Issuer = Issuer,
            SubjectId = row.Holder,
            Claims = row.ReadClaims(),
            ValidFrom = row.From,
            ValidUntil = row.Until,
            Status = [.. Purposes.Select(purpose => new CredentialStatusEntry(purpose, row.StatusIndex, ListAddress(row.StatusList, purpose, profile)))],
            Schema = SchemaAddress(row.Type),
        },
        profile,
        Key);

    public Uri ListAddress(long list, string purpose, CredentialProfile profile) => new(address.Url + AuthorityRoutes.ForStatusList(list, purpose, FormOf(profile)));

    public Uri SchemaAddress(string type) => new(address.Url + AuthorityRoutes.ForCredentialSchema(type));

    /// <summary>The word for the profile in the address of a list: the two forms differ, and so do their addresses.</summary>
    public static string FormOf(CredentialProfile profile) => profile == CredentialProfile.Vc20 ? "vc20" : "vc11";
}
